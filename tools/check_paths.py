#!/usr/bin/env python3
"""Checks that no file names the machine it was written on: home folders, this checkout's own place, the root that it hangs from."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import frame

# Roots that every Debian has; a path below them says nothing about one machine.
SYSTEM = {"bin", "dev", "etc", "lib", "opt", "proc", "run", "sbin", "srv", "sys", "tmp", "usr", "var"}


def forbidden(root: Path) -> re.Pattern[str]:
    words = [r"/(?:home|Users)/\w", r"/root/\w", re.escape(str(root)) + r"\b"]
    if root.parts[1] not in SYSTEM | {"home", "root", "Users"}:
        words.append(re.escape(f"/{root.parts[1]}/"))
    return re.compile(r"(?<![\w.\])}*])(?:" + "|".join(words) + ")")


def check(root: Path) -> Iterator[str]:
    pattern = forbidden(root)
    for path in frame.files(root):
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if found := pattern.search(line):
                yield f"{path}:{number}: names a machine's path ({found.group()}...); make it relative or take it from the environment"


if __name__ == "__main__":
    sys.exit(frame.run(check, __doc__))
