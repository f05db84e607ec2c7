#!/usr/bin/env python3
"""Chatterbox's weights -> graphs made for Troupe, with a manifest that names and hashes them. A maintainer's tool.

  export_chatterbox.py WEIGHTS -o DIR [--precision f32|bf16|int8]      published weights (a folder or the Hugging Face cache)
  export_chatterbox.py --random SEED [--tiny] [--kind english] -o DIR  the architecture with random weights, for tests and benchmarks
    --only conditionals|t3|s3gen   this part alone (repeatable); the manifest keeps what it has of the others
    --expected DIR                 also the numbers that the tests compare with

Needs torch (CPU) and `chatterbox-tts`; see docs/chatterbox.md for how to install them. Exit: 0 done, 1 failed, 2 wrong input.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.metadata
import json
import shutil
import sys
from pathlib import Path

# The parts are modules of tools/chatterbox/, which must stay without __init__.py: so `import chatterbox` finds the installed package.
sys.path.insert(0, str(Path(__file__).resolve().parent / "chatterbox"))
PARTS = ("conditionals", "t3", "s3gen")
FORMAT = "troupe.chatterbox/1"
PACKAGES = ("chatterbox-tts", "s3tokenizer", "torch", "transformers", "openvino", "onnx", "nncf")


def sha256_file(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def versions() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def new_manifest(model, precision: str) -> dict:
    return {"format": FORMAT, "kind": model.config["kind"], "tiny": model.config["tiny"], "seed": model.config["seed"],
            "precision": precision, "source": model.config["source"], "licence": "MIT", "exporter": versions(),
            "graphs": {}, "shapes": {}, "settings": {}, "files": {}}


def add_part(manifest: dict, part: dict) -> None:
    for section in ("graphs", "shapes", "settings"):
        manifest[section].update(part[section])


def finish(manifest: dict, out: Path) -> None:
    """Hashes every file below `out`; written last and at once, so that a folder without manifest is an unfinished one."""
    # A model's parts may keep weights beside the graph, so all files count, not only the named graphs.
    files = sorted(p for p in out.rglob("*") if p.is_file() and p.name != "manifest.json")
    manifest["files"] = {str(p.relative_to(out)): {"bytes": p.stat().st_size, "sha256": sha256_file(p)} for p in files}
    for name, file in manifest["graphs"].items():
        if file not in manifest["files"]:
            raise FileNotFoundError(f"the part that made graph {name} did not write {file}")
    partial = out / "manifest.json.partial"
    partial.write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    partial.replace(out / "manifest.json")


def export(model, out: Path, precision: str, only: list[str], expected: Path | None) -> dict:
    manifest = new_manifest(model, precision)
    if only and (out / "manifest.json").is_file():
        before = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        same = ("format", "kind", "tiny", "seed", "precision")
        if {key: before[key] for key in same} != {key: manifest[key] for key in same}:
            raise ValueError(f"{out}: holds another export ({', '.join(f'{k} {before[k]}' for k in same)}); choose another folder")
        add_part(manifest, before)
    (out / "manifest.json").unlink(missing_ok=True)
    for name in only or PARTS:
        part = importlib.import_module(name)
        print(f"{name}: exporting", flush=True)
        add_part(manifest, part.export(model, out, precision))
        if expected:
            expected.mkdir(parents=True, exist_ok=True)
            part.expected(model, expected, model.config["seed"] or 0)
    if model.config["seed"] is not None:
        importlib.import_module("text").write_tables(out)  # no published vocabulary goes with random weights
    for name, path in model.files.items():
        shutil.copyfile(path, out / name)
    finish(manifest, out)
    return manifest


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("weights", nargs="?", type=Path)
    parser.add_argument("-o", "--out", type=Path, required=True)
    parser.add_argument("--random", type=int, metavar="SEED")
    parser.add_argument("--tiny", action="store_true")
    parser.add_argument("--kind", choices=("multilingual", "english"), default="multilingual")
    parser.add_argument("--precision", choices=("f32", "bf16", "int8"), default="f32")
    parser.add_argument("--only", choices=PARTS, action="append", default=[])
    parser.add_argument("--expected", type=Path)
    arguments = parser.parse_args()
    if (arguments.weights is None) == (arguments.random is None):
        parser.error("give either the weights' folder or --random SEED")
    if arguments.tiny and arguments.random is None:
        parser.error("--tiny needs --random: published weights have one size")
    try:
        import reference
    except ImportError as error:
        print(f"{error}; install torch and chatterbox-tts as docs/chatterbox.md says", file=sys.stderr)
        return 1
    try:
        if arguments.weights is not None:
            model = reference.load(arguments.weights)
        else:
            model = reference.build(arguments.random, arguments.tiny, arguments.kind)
        arguments.out.mkdir(parents=True, exist_ok=True)
        manifest = export(model, arguments.out, arguments.precision, arguments.only, arguments.expected)
    except (reference.Refused, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    total = sum(file["bytes"] for file in manifest["files"].values())
    print(f"{arguments.out}: {len(manifest['graphs'])} graphs, {total / 1e6:.1f} MB, {arguments.precision}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
