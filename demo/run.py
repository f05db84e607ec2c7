#!/usr/bin/env python3
"""`make demo`: dubs a real conversation of three people into two languages and says where to listen and how good it is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from make_recording import make_recording

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "demo-out"
TROUPE = ROOT / "build" / "troupe"


def main() -> int:
    OUT.mkdir(exist_ok=True)
    jobs = make_recording(OUT)
    summaries = []
    for language, job in jobs.items():
        print(f"\n== {language} ==", flush=True)
        status = subprocess.run([TROUPE, "dub", job, "-o", OUT / f"dub-{language}.wav", "--report", OUT / f"report-{language}.json",
                                 "--timeline-svg", OUT / f"timeline-{language}.svg", "--subtitles", OUT / f"subtitles-{language}.vtt"],
                                check=False).returncode
        if status != 0:
            print(f"demo: dubbing to {language} failed with status {status}", file=sys.stderr)
            return status
        summaries.append(_summary(language, json.loads((OUT / f"report-{language}.json").read_text(encoding="utf-8"))))
    print("\nListen (all in demo-out/):")
    print("  original     conversation.flac: Allison speaks English, June French, Carlo Italian")
    for language in jobs:
        print(f"  {language}           dub-{language}.wav     look: timeline-{language}.svg   read: subtitles-{language}.vtt   proof: report-{language}.json")
    print("\n" + "\n".join(summaries))
    return 0


def _summary(language: str, report: dict) -> str:
    result, total_ms = report["result"], report["phases_ms"]["total"]
    voices = ", ".join(f"{s['id']}: {s['voice']}{' ' + s['voice_name'] if s['voice'] != 'cloned' else ''}" for s in report["speakers"])
    return (f"{language}: {result['ok']}/{result['turns']} turns spoken, {result['actual_ms'] / 1000:.1f} s, drift {result['drift_percent']:.2f} %, "
            f"fit error {result['fit_error_percent']:.1f} %, {result['loudness_lufs']:.1f} LUFS (source {_number(result['source_loudness_lufs'])}), "
            f"peak {result['true_peak_dbtp']:.1f} dBTP\n"
            f"    took {total_ms / 1000:.1f} s = {total_ms / max(1, result['actual_ms']):.2f} x the length of the dub; voices: {voices}")


def _number(value: float | None) -> str:
    return "silent" if value is None else f"{value:.1f}"


if __name__ == "__main__":
    sys.exit(main())
