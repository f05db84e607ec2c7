#!/usr/bin/env python3
"""Dubs every scenario folder (job.json and its source) and judges each track independently (judge.py).

Folders: $TROUPE_SCENARIOS, else ../shared/data/scenarios beside the project. Arguments choose scenarios by name; what comes after
`--` goes to `troupe dub`. Output in bench-out/<name>/. Exit 1 when a dub fails or a bar is missed.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from judge import judge, print_verdict

ROOT = Path(__file__).resolve().parent.parent
TROUPE = ROOT / "build" / "troupe"


def scenario_folder() -> Path | None:
    """The folder of scenarios, or None after saying loudly that there is none."""
    folder = Path(os.environ.get("TROUPE_SCENARIOS") or ROOT.parent / "shared" / "data" / "scenarios")
    if folder.is_dir():
        return folder
    print(f"SKIPPED: no scenarios in {folder}; set TROUPE_SCENARIOS to a folder of <name>/job.json", file=sys.stderr)
    return None


def dub(job: Path, out: Path, *flags: str) -> subprocess.CompletedProcess:
    """Runs troupe on a job into a fresh folder: track.wav, report.json, stems/."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    return subprocess.run([TROUPE, "dub", job, "-o", out / "track.wav", "--report", out / "report.json", "--timeline-svg", out / "timeline.svg",
                           "--stems", out / "stems", *flags], capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)


def print_stretch(report: Path) -> None:
    """Native durations off is what a stretcher would have to do alone: all of the difference to the natural length."""
    turns = json.loads(report.read_text(encoding="utf-8"))["turns"]
    off = sum(abs(turn["stretch"] - 1) > 0.1 for turn in turns)
    on = sum(abs(turn["after_stretch"] - 1) > 0.1 for turn in turns)
    print(f"stretched by more than 10 % after synthesis: {on} of {len(turns)} turns; without native durations: {off}")


def main() -> int:
    arguments, flags = sys.argv[1:], []
    if "--" in arguments:
        arguments, flags = arguments[:arguments.index("--")], arguments[arguments.index("--") + 1:]
    folder = scenario_folder()
    if folder is None:
        return 0
    bad = []
    for job in sorted(folder.glob("*/job.json")):
        name = job.parent.name
        if arguments and name not in arguments:
            continue
        out = ROOT / "bench-out" / name
        done = dub(job, out, *flags)
        print(f"\n== {name}")
        if done.returncode != 0:
            print(f"FAILED with status {done.returncode}: {done.stderr.strip()}")
            bad.append(name)
            continue
        layout = "timeline" if "timeline" in flags else "concat"
        verdict = judge(job, out / "track.wav", out / "report.json", out / "stems", layout)
        print_verdict(verdict)
        print_stretch(out / "report.json")
        bad += [name] * bool(verdict["missed"])
    print(f"\nscenarios with a missed bar: {', '.join(bad) or 'none'}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
