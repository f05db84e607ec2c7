#!/usr/bin/env python3
"""Checks who includes whom: the layers of docs/architecture.md, and third-party headers only in files named after them."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import frame

STAGES = {"media", "segments", "voices", "speech", "timing", "mix"}
# Folder of src/ -> folders it may include besides itself and the public headers.
MAY_INCLUDE = {
    "core": set(),
    "dsp": {"core"},
    "nn": {"core"},
    **{stage: {"core", "dsp", "nn"} for stage in STAGES},
    "pipeline": {"core", "dsp", "nn"} | STAGES,
    "service": {"core", "dsp", "nn", "pipeline"} | STAGES,
    "app": {"core", "dsp", "nn", "pipeline", "service"} | STAGES,
}
# Beginning of a third party's include -> the word that must be part of the including file's name.
THIRD_PARTIES = {
    "libavformat/": "libav", "libavcodec/": "libav", "libavutil/": "libav", "libswresample/": "libav", "soxr.h": "soxr",
    "ebur128.h": "ebur128", "rubberband/": "rubberband", "espeak-ng/": "espeak", "unicode/": "icu", "nlohmann/": "json",
    "spdlog/": "spdlog", "CLI/": "cli11", "openssl/": "openssl", "openvino/": "openvino",
}
# The one third party that the interface itself is made of.
EVERYWHERE = {"tl/expected.hpp"}
POSIX = re.compile(r"(sys/\w+|fcntl|unistd|dirent|poll|pwd|signal|spawn|termios|dlfcn|errno)\.h")
INCLUDE = re.compile(r'^\s*#\s*include\s*(["<])([^">]+)[">]', re.MULTILINE)


def check(root: Path) -> Iterator[str]:
    for path in frame.files(root, ".cpp", ".hpp"):
        if path.parts[0] not in ("src", "include"):
            continue
        for kind, name in INCLUDE.findall((root / path).read_text(encoding="utf-8")):
            fault = _own(path, name) if kind == '"' else _third_party(path, name)
            if fault:
                yield f"{path}: includes {name}: {fault}"


def _own(path: Path, name: str) -> str | None:
    folder = name.split("/")[0]
    if folder == "troupe":
        return None
    if path.parts[0] == "include":
        return "the public API stands alone; it may include troupe/ only"
    own = path.parts[1]
    if own not in MAY_INCLUDE:
        return f"src/{own} has no place in the layers; give it one in tools/check_layers.py and docs/architecture.md"
    if folder not in MAY_INCLUDE:
        return 'write own includes from src/, as in "core/audio.hpp"'
    if folder != own and folder not in MAY_INCLUDE[own]:
        return f"{own} may know {', '.join(sorted(MAY_INCLUDE[own])) or 'nothing'} but not {folder}"
    return None


def _third_party(path: Path, name: str) -> str | None:
    if name in EVERYWHERE or POSIX.fullmatch(name) or re.fullmatch(r"\w+", name):
        return None
    word = next((word for start, word in THIRD_PARTIES.items() if name.startswith(start)), None)
    if word is None:
        return "unknown third party; add it to tools/check_layers.py and NOTICE"
    if path.suffix == ".hpp":
        return "a header never includes a third party; hide it in a .cpp"
    if word not in path.stem.split("_"):
        return f"only files with {word} in their name may"
    return None


if __name__ == "__main__":
    sys.exit(frame.run(check, __doc__))
