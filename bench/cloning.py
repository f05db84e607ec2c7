#!/usr/bin/env python3
"""Does a clone sound like its person? GE2E cosine of the clone's speech to the part of the recording that it was not made from.

People: every third recording of $TROUPE_SPEAKERS (default ../shared/data/speakers), which the style encoder was not trained on; the first half
is the reference, the second half the judge. Voices are made and spoken by the shipped program. Beside them: the nearest preset, the person's
other half against the first (what a perfect clone could reach), and whether the clone is nearer to its own person than to any other.
Arguments: [--people N] [--efforts fast,balanced,best]
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from kokoro_parity import SpeakerEncoder, default_folder
from scenarios import ROOT, TROUPE
from track import RATE_HZ, decode

TEXTS = ("The quick tour of the harbour begins at nine, and it ends where it started two hours later.",
         "My neighbour keeps three old bicycles, and on Sundays he repairs them in front of the house.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--efforts", default="fast,balanced")
    options = parser.parse_args()
    folder = Path(os.environ.get("TROUPE_SPEAKERS") or ROOT.parent / "shared" / "data" / "speakers")
    if not folder.is_dir():
        print(f"SKIPPED: no recordings in {folder}; set TROUPE_SPEAKERS to a folder of them, one person each", file=sys.stderr)
        return 0
    encoder = SpeakerEncoder(default_folder())
    with tempfile.TemporaryDirectory() as work:
        os.environ["XDG_DATA_HOME"] = work   # named voices go there; the models stay where they are
        os.environ["TROUPE_MODELS"] = str(MODELS)
        people = [person for path in sorted(folder.iterdir())[2::3][:options.people] if (person := Person(path, encoder, Path(work))).accepted()]
        judges = np.stack([person.judge for person in people])
        print(f"{len(people)} people, reference {np.mean([p.reference_s for p in people]):.1f} s on average, judge {np.mean([p.judge_s for p in people]):.1f} s")
        row("the person's own first half", judges, [p.own for p in people], [0])
        presets = preset_traits()
        row("nearest preset", judges, [encoder(speak(nearest(presets, p.own), Path(work))) for p in people], [0])
        for effort in options.efforts.split(","):
            heard, seconds = [], []
            for person in people:
                start = time.perf_counter()
                create(person, effort).check_returncode()
                seconds.append(time.perf_counter() - start)
                heard.append(encoder(speak(person.name, Path(work))))
            row(f"clone, {effort}", judges, heard, seconds)
    return 0


MODELS = default_folder()


class Person:
    def __init__(self, path: Path, encoder: SpeakerEncoder, work: Path):
        audio = decode(path)
        half = len(audio) // 2
        self.name, self.path = "p" + re.sub(r"\W", "", path.stem), work / (path.stem + ".wav")
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE_HZ), "-ac", "1", "-i", "-", self.path], input=audio[:half].tobytes(), check=True)
        self.own, self.judge = encoder(audio[:half]), encoder(audio[half:])
        self.reference_s, self.judge_s = half / RATE_HZ, (len(audio) - half) / RATE_HZ


    def accepted(self) -> bool:
        """Whether the quality gate takes the reference; a refusal is printed and not scored."""
        done = create(self, "fast")
        if done.returncode != 0:
            print(f"refused: {done.stderr.strip().splitlines()[-1]}")
        return done.returncode == 0


def create(person: Person, effort: str) -> subprocess.CompletedProcess:
    return subprocess.run([TROUPE, "voice", "create", person.name, "--from", person.path, "--consent", "--clone-effort", effort, "--replace"],
                          capture_output=True, text=True, check=False)


def speak(voice: str, work: Path) -> np.ndarray:
    subprocess.run([TROUPE, "speak", " ".join(TEXTS), "--voice", voice, "--to", "en", "-o", work / "spoken.wav"], check=True, capture_output=True)
    return decode(work / "spoken.wav")


def preset_traits() -> dict:
    text = (ROOT / "src" / "speech" / "kokoro" / "kokoro_presets.inc").read_text(encoding="utf-8")
    found = re.findall(r'\{"(\w+)", [\d.]+f, \{([\d,\s]+)\}\}', text)
    return {name: np.array([int(x) for x in numbers.replace("\n", "").split(",") if x.strip()], dtype=float) for name, numbers in found}


def nearest(presets: dict, person: np.ndarray) -> str:
    return max(presets, key=lambda name: presets[name] @ person / np.linalg.norm(presets[name]))


def row(title: str, judges: np.ndarray, heard: list, seconds: list) -> None:
    scores = np.stack(heard) @ judges.T
    own = np.diag(scores)
    identified = np.mean(scores.argmax(axis=1) == np.arange(len(own)))
    print(f"{title:30s} mean {own.mean():.3f}  lowest {own.min():.3f}  identified {100 * identified:.0f} %  {np.median(seconds):.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
