"""The models folder: lock, manifest, atomic installation.

Layout: manifest.json, .lock, .partial/ (archives and files under construction, only while a run is under way or was cut off),
and one folder per model. A file appears under its final name only when complete; manifest.json names it only after that.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

from fetch_error import FetchError
from package_source import sha256_file

FORMAT = 1


def default_folder() -> Path:
    """$TROUPE_MODELS, else $XDG_DATA_HOME/troupe/models, else ~/.local/share/troupe/models."""
    if os.environ.get("TROUPE_MODELS"):
        return Path(os.environ["TROUPE_MODELS"])
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "troupe" / "models"


def compiled_folder() -> Path:
    """Where the engine keeps the models' compiled forms: below $XDG_CACHE_HOME, else ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "troupe" / "compiled"


def recipe_hash(model: dict, packages: dict) -> str:
    """Identifies what a model is made of and how: its entry (with the recipe's number) and its packages' hashes."""
    content = {"model": model, "packages": {name: packages[name] for name in model["packages"]}}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class ModelStore:
    def __init__(self, folder: Path):
        self.folder = folder
        self.partial = folder / ".partial"

    @contextlib.contextmanager
    def lock(self):
        """Only one process at a time prepares models in this folder; others wait."""
        self.partial.mkdir(parents=True, exist_ok=True)
        with open(self.folder / ".lock", "w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                print(f"another process is preparing {self.folder}; waiting for it", file=sys.stderr, flush=True)
                fcntl.flock(file, fcntl.LOCK_EX)
            for leftover in [*self.partial.glob("incoming-*"), *self.partial.glob("build-*")]:  # of a run that was cut off
                shutil.rmtree(leftover, ignore_errors=True)
            self.partial.mkdir(exist_ok=True)  # the run that we waited for may have removed it
            yield

    def manifest(self) -> dict:
        try:
            manifest = json.loads((self.folder / "manifest.json").read_text(encoding="utf-8"))
            if manifest["format"] == FORMAT:
                for entry in manifest["models"]:
                    _check_entry(entry)
                return manifest
        except (OSError, ValueError, KeyError, TypeError):
            pass  # absent or damaged: everything is prepared again
        return {"format": FORMAT, "models": []}

    def is_ready(self, name: str, recipe: str, verify: bool = False) -> bool:
        """True when the manifest has this model by this recipe and its files are there (`verify`: with the right contents)."""
        for entry in self.manifest()["models"]:
            if entry["name"] == name and entry.get("recipe") == recipe:
                return all(self._is_intact(file, verify) for file in entry["files"])
        return False

    def _is_intact(self, file: dict, verify: bool) -> bool:
        path = self.folder / file["path"]
        with contextlib.suppress(OSError):
            return path.stat().st_size == file["bytes"] and (not verify or sha256_file(path) == file["sha256"])
        return False

    def install(self, model: dict, recipe: str, built: Path) -> dict:
        """Moves every file below `built` into the folder and records the model. Returns its manifest entry."""
        files, folders = [], set()
        for source in sorted(p for p in built.rglob("*") if p.is_file()):
            path = source.relative_to(built)
            files.append({"path": path.as_posix(), "sha256": sha256_file(source), "bytes": source.stat().st_size})
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            _sync(source)
            os.replace(source, target)
            folders.add(target.parent)
        for folder in folders:
            _sync(folder)
        expected = {file["path"]: file.get("sha256") for file in model["files"]}
        for file in files:
            if expected.get(file["path"], file["sha256"]) != file["sha256"]:
                print(f"note: {file['path']} differs from the reference build; are the versions those of tools/requirements.txt?", file=sys.stderr)
        entry = {key: model[key] for key in ("name", "version", "licence", "source")} | {"recipe": recipe, "files": files}
        manifest = self.manifest()
        manifest["models"] = sorted([m for m in manifest["models"] if m["name"] != model["name"]] + [entry], key=lambda m: m["name"])
        self._write_manifest(manifest)
        return entry

    def _write_manifest(self, manifest: dict) -> None:
        temporary = self.partial / "manifest.json"
        temporary.write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
        _sync(temporary)
        os.replace(temporary, self.folder / "manifest.json")
        _sync(self.folder)


def _check_entry(entry: dict) -> None:
    """KeyError, TypeError or ValueError for an entry that install() would not have written."""
    if not isinstance(entry["name"], str) or not isinstance(entry["files"], list):
        raise ValueError("a model without name or files")
    for file in entry["files"]:
        if {"path", "bytes", "sha256"} - set(file) or not isinstance(file["path"], str):
            raise ValueError("a file without path, size or hash")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        raise FetchError(f"cannot write {path}: {error.strerror}; is the disk full?") from None
    finally:
        os.close(descriptor)
