#!/usr/bin/env python3
"""Checks that files stay small: median below 120 lines, over 400 needs `Long because: ...`, over 600 is refused, main() under 60."""

from __future__ import annotations

import re
import statistics
import sys
from collections.abc import Iterator
from pathlib import Path

import frame

MEDIAN, REASONED, REFUSED, MAIN = 120, 400, 600, 60
REASON = re.compile(r"^(//|#) Long because: \S", re.MULTILINE)


def check(root: Path) -> Iterator[str]:
    lengths = []
    for path in frame.files(root, ".cpp", ".hpp", ".py", ".sh", ".js"):
        text = (root / path).read_text(encoding="utf-8")
        length = len(text.splitlines())
        lengths.append(length)
        if length > REFUSED:
            yield f"{path}: {length} lines, more than {REFUSED}; split it"
        elif length > REASONED and not REASON.search(text):
            yield f"{path}: {length} lines, more than {REASONED}; split it, or say `// Long because: ...`"
        if path.suffix == ".cpp" and (lines := _main_length(text)) and lines >= MAIN:
            yield f"{path}: main() has {lines} lines, {MAIN} or more; move work out of it"
    if lengths and statistics.median(lengths) >= MEDIAN:
        yield f"median of {len(lengths)} files: {statistics.median(lengths):g} lines, {MEDIAN} or more; split the long ones"


def _main_length(text: str) -> int:
    body = re.search(r"^int main\(.*?^}", text, re.MULTILINE | re.DOTALL)
    return len(body.group().splitlines()) if body else 0


if __name__ == "__main__":
    sys.exit(frame.run(check, __doc__))
