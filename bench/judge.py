#!/usr/bin/env python3
"""Judges a finished dub without believing its report: judge.py JOB.json OUTPUT [--report R.json] [--stems DIR] [--layout timeline].

The plan comes from the job's timestamps (plan.py), sound from ffmpeg (track.py). A turn's onset is the beginning of the audible
stretch, after at least 40 ms of quiet, that lies nearest to its plan; its end is the last sound before the next turn's onset (concat)
or before the speaker's own next turn (--stems). The nearest rise flatters a turn that is badly late; its length then gives it away.
The report is used for two things only: turns after a reported overflow may start late, and its own figures are compared with these.
Exit 1 when a bar is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np

import track
from plan import Plan, make_plan, read_job

ONSET_MS, DRIFT_PERCENT, FIT_PERCENT = 40, 1.0, 5.0     # spec T5
LOUDNESS_LU, PEAK_DBTP = 1.0, -1.0                      # spec M1; 1 LU is EBU R128's own tolerance
PEAK_ALLOWANCE_DB = 0.1                                 # ffmpeg prints one decimal; two 4x oversamplers differ by as much
REPORT_MS = 15                                          # three frames: the finest that two finders agree on


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("job", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--report", type=Path)
    parser.add_argument("--stems", type=Path, help="find each turn in its speaker's own track")
    parser.add_argument("--layout", choices=("concat", "timeline"), default="concat")
    options = parser.parse_args()
    verdict = judge(options.job, options.output, options.report, options.stems, options.layout)
    print_verdict(verdict)
    return 1 if verdict["missed"] else 0


def judge(job_path: Path, output: Path, report_path: Path | None = None, stems: Path | None = None, layout: str = "concat") -> dict:
    job = read_job(job_path)
    report = json.loads(report_path.read_text(encoding="utf-8")) if report_path else None
    plan = make_plan(job, track.milliseconds(track.decode(job["source"])), layout)
    samples = track.decode(output)
    audible = track.audible_frames(samples)
    turns = find_turns(plan, audible, stem_frames(plan, stems) if stems else {})
    excuse_late_turns(plan, turns, report)
    heard = int(np.flatnonzero(audible).max(initial=-1) + 1) * track.FRAME_MS
    actual = heard if layout == "concat" else track.milliseconds(samples)
    found = [turn for turn in turns if turn["final"] is not None]
    source_lufs, lufs, peak = track.loudness(job["source"])[0], *track.loudness(output)
    verdict = {
        "name": job.get("message_id", job_path.stem), "turns": turns, "found": len(found),
        "worst_onset_ms": max((abs(t["error"]) for t in turns if t["error"] is not None and not t["excused"]), default=0),
        "expected_ms": plan.expected, "actual_ms": actual,
        "drift_percent": 100 * abs(actual - plan.expected) / plan.expected,
        "fit_percent": 100 * sum(abs(t["final"] - t["target"]) for t in found) / max(1, sum(t["target"] for t in found)),
        "source_lufs": source_lufs, "lufs": lufs, "peak_dbtp": peak,
        "clipped": int(np.count_nonzero(np.abs(samples) >= 1.0)), "left_behind": left_behind(output),
        "report_differs": compare(turns, report) if report else [],
    }
    wanted = (job.get("options") or {}).get("loudness_lufs")
    verdict["missed"] = missed(verdict, source_lufs if wanted is None else wanted)
    return verdict


def find_turns(plan: Plan, audible: np.ndarray, stems: dict[str, np.ndarray]) -> list[dict]:
    rows = []
    for index, turn in enumerate(plan.turns):
        frames = stems.get(turn.speaker, audible)
        rises = np.array([begin for begin, _ in track.stretches(frames)] or [-10 ** 9])
        onset = int(rises[np.argmin(np.abs(rises - turn.start))])
        clear = abs(onset - turn.start) <= max(1000, turn.target // 2)
        rows.append({"index": index, "speaker": turn.speaker, "planned": turn.start, "target": turn.target, "onset": onset if clear else None,
                     "error": onset - turn.start if clear else None, "final": None, "excused": False})
    for index, row in enumerate(rows):
        frames = stems.get(row["speaker"], audible)
        others = [r["onset"] for r in rows[index + 1:] if r["onset"] is not None and (not stems or r["speaker"] == row["speaker"])]
        until = others[0] if others else len(frames) * track.FRAME_MS
        if row["onset"] is not None and until > row["onset"]:
            inside = np.flatnonzero(frames[row["onset"] // track.FRAME_MS:until // track.FRAME_MS])
            row["final"] = int(inside.max(initial=-1) + 1) * track.FRAME_MS
    return rows


def stem_frames(plan: Plan, folder: Path) -> dict[str, np.ndarray]:
    """Stems in the folder belong to the speaker whose turns they sound in: file names are not part of the contract."""
    speakers = sorted({turn.speaker for turn in plan.turns})
    frames = {}
    for path in sorted(folder.iterdir()):
        audible = track.audible_frames(track.decode(path))
        share = {speaker: sum(int(audible[t.start // track.FRAME_MS:(t.start + t.target) // track.FRAME_MS].sum())
                              for t in plan.turns if t.speaker == speaker) for speaker in speakers}
        frames[max(share, key=share.get)] = audible
    return frames


def excuse_late_turns(plan: Plan, turns: list[dict], report: dict | None) -> None:
    if not report:
        return
    first = next((turn["index"] for turn in report["turns"] if turn["overflow_ms"] > 0), len(turns))
    for turn in turns[first + 1:]:
        turn["excused"] = plan.layout == "concat"


def compare(turns: list[dict], report: dict) -> list[str]:
    if len(report["turns"]) != len(turns):
        return [f"the report has {len(report['turns'])} turns, the job makes {len(turns)}"]
    lines = []
    for turn, said in zip(turns, report["turns"]):
        if said["planned_start_ms"] != turn["planned"]:
            lines.append(f"turn {turn['index']}: planned at {turn['planned']} ms, the report says {said['planned_start_ms']}")
        if turn["onset"] is not None and said["onset_ms"] is not None and abs(said["onset_ms"] - turn["onset"]) > REPORT_MS:
            lines.append(f"turn {turn['index']}: heard from {turn['onset']} ms, the report says {said['onset_ms']}")
    return lines


def left_behind(output: Path) -> list[str]:
    """Temp files beside the output: hidden ones, and those that carry its name and an ending of their own."""
    return sorted(path.name for path in output.resolve().parent.iterdir()
                  if path.name.startswith(".") or ".tmp" in path.name or ".part" in path.name)


def missed(v: dict, target_lufs: float) -> list[str]:
    bars = [
        (v["found"] == len(v["turns"]), f"{len(v['turns']) - v['found']} turns not found in the track"),
        (v["worst_onset_ms"] <= ONSET_MS, f"onset {v['worst_onset_ms']} ms off, at most {ONSET_MS}"),
        (v["drift_percent"] < DRIFT_PERCENT, f"drift {v['drift_percent']:.2f} %, below {DRIFT_PERCENT:g}"),
        (v["fit_percent"] < FIT_PERCENT, f"fit error {v['fit_percent']:.1f} %, below {FIT_PERCENT:g}"),
        (abs(v["lufs"] - target_lufs) <= LOUDNESS_LU, f"loudness {v['lufs']} LUFS, within {LOUDNESS_LU:g} LU of {target_lufs}"),
        (v["peak_dbtp"] <= PEAK_DBTP + PEAK_ALLOWANCE_DB, f"true peak {v['peak_dbtp']} dBTP, at most {PEAK_DBTP:g}"),
        (v["clipped"] == 0, f"{v['clipped']} clipped samples"),
        (not v["left_behind"], f"left behind: {' '.join(v['left_behind'])}"),
        (not v["report_differs"], f"the report differs in {len(v['report_differs'])} places: {'; '.join(v['report_differs'][:3])}"),
    ]
    return [text for held, text in bars if not held]


def print_verdict(v: dict) -> None:
    print(f"{'turn':>4} {'speaker':<14} {'planned':>8} {'onset':>8} {'error':>6} {'target':>7} {'final':>7}")
    for t in v["turns"]:
        cells = ["-" if t[key] is None else str(t[key]) for key in ("planned", "onset", "error", "target", "final")]
        print("{:>4} {:<14.14} {:>8} {:>8} {:>6} {:>7} {:>7}".format(t["index"], t["speaker"], *cells), "after an overflow" if t["excused"] else "")
    print(f"{v['name']}: {v['found']}/{len(v['turns'])} turns found, worst onset {v['worst_onset_ms']} ms, drift {v['drift_percent']:.2f} % "
          f"({v['actual_ms']} of {v['expected_ms']} ms), fit error {v['fit_percent']:.1f} %, {v['lufs']} LUFS (source {v['source_lufs']}), "
          f"peak {v['peak_dbtp']} dBTP, clipped {v['clipped']}")
    for text in v["missed"]:
        print(f"MISSED {text}")


if __name__ == "__main__":
    sys.exit(main())
