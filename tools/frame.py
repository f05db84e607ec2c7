"""What the frame's checks share: the project's files and one way to report."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

SKIPPED = {".git", ".venv", ".venv-bench", "demo-out", "bench-out", "node_modules", "__pycache__"}


def files(root: Path, *suffixes: str) -> list[Path]:
    """Files of the project, relative to `root`: those git knows or would add, else (an unpacked archive) all."""
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, check=False)
    if listed.returncode == 0:
        names = [Path(name) for name in listed.stdout.decode().split("\0") if name]
    else:
        names = [path.relative_to(root) for path in root.rglob("*")]
    return sorted(name for name in names if (root / name).is_file() and (not suffixes or name.suffix in suffixes)
                  and not any(part in SKIPPED or part.startswith("build") for part in name.parts[:-1]))


def run(check, description: str) -> int:
    """Command line of a check: `check(root)` yields one line per violation. Exit 1 when there is any."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent, help="default: this project")
    violations = list(check(parser.parse_args().root.resolve()))
    for line in violations:
        print(line, file=sys.stderr)
    print(f"{Path(sys.argv[0]).name}: {len(violations)} violations")
    return 1 if violations else 0
