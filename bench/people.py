"""Real people to clone, none of whom the style encoder was trained on: a reference to clone from, and other speech of theirs to judge by."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from kokoro_parity import SpeakerEncoder
from scenarios import ROOT, scenario_folder
from track import RATE_HZ, decode

SCENARIO_PEOPLE = (("3x20-en", "SPEAKER_00"), ("3x20-en", "SPEAKER_01"), ("3x20-en", "SPEAKER_02"), ("2x10-es", "SPEAKER_00"))
REFERENCE_S = 12     # what Troupe takes at most


@dataclass
class Person:
    name: str
    reference: np.ndarray   # 24 kHz mono
    judge: np.ndarray       # other speech of the same person
    embedding: np.ndarray = field(init=False)    # of the judge
    own: np.ndarray = field(init=False)          # of the reference

    def listen(self, encoder: SpeakerEncoder) -> "Person":
        self.embedding, self.own = encoder(self.judge), encoder(self.reference)
        return self


def held_out(encoder: SpeakerEncoder, most: int) -> list[Person]:
    """Every third recording of data/speakers (the others were trained on): its first half is the reference, the second the judge."""
    folder = Path(os.environ.get("TROUPE_SPEAKERS") or ROOT.parent / "shared" / "data" / "speakers")
    if not folder.is_dir():
        print(f"SKIPPED: no recordings in {folder}; set TROUPE_SPEAKERS to a folder of them, one person each", file=sys.stderr)
        return []
    people = []
    for path in sorted(folder.iterdir())[2::3][:most]:
        audio = without_rumble(decode(path))
        people.append(Person(path.stem.split("-")[0], audio[:len(audio) // 2], audio[len(audio) // 2:]).listen(encoder))
    return people


def scenario_people(encoder: SpeakerEncoder, reference_s: float = REFERENCE_S) -> list[Person]:
    """The four people of the scenarios: their first utterances are the reference, the others the judge."""
    folder = scenario_folder()
    if folder is None:
        return []
    people = []
    for scenario, speaker in SCENARIO_PEOPLE:
        job = json.loads((folder / scenario / "job.json").read_text(encoding="utf-8"))
        source = without_rumble(decode(folder / scenario / job["source_audio"]))
        said = [source[s["start_ms"] * RATE_HZ // 1000:s["end_ms"] * RATE_HZ // 1000] for s in job["segments"] if s["speaker_id"] == speaker]
        first = next(n for n in range(1, len(said)) if sum(map(len, said[:n])) >= 15 * RATE_HZ)   # the judge is the same for every reference
        reference = np.concatenate(said[:first])[:int(reference_s * RATE_HZ)]
        people.append(Person(f"{scenario}/{speaker[-2:]}", reference, np.concatenate(said[first:])).listen(encoder))
    return people


def without_rumble(samples: np.ndarray) -> np.ndarray:
    """Without what lies below any voice (fourth-order Butterworth at 60 Hz, no phase). The speaker encoder takes a room's rumble for a trait of
    the person: with it LibriSpeech's 150 scores 0.77 to themselves without it."""
    gain = 1 / np.sqrt(1 + (60 / np.maximum(np.fft.rfftfreq(len(samples), 1 / RATE_HZ), 1e-3)) ** 8)
    return np.fft.irfft(np.fft.rfft(samples) * gain, len(samples))


def write_wav(samples: np.ndarray, path: Path, *output: str) -> Path:
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE_HZ), "-ac", "1", "-i", "-", *output, path],
                   input=samples.astype("<f4").tobytes(), check=True)
    return path
