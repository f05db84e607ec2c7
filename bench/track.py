"""What can be heard in a file: samples, audible stretches, loudness. Decoded and measured by ffmpeg, not by Troupe."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np

RATE_HZ = 24000
FRAME_MS = 5
QUIET_MS = 40       # a rise counts as an onset only after this much quiet
CLICK_MS = 15       # shorter sounds are clicks, not speech


def decode(path: Path) -> np.ndarray:
    """Mono float32 at 24 kHz."""
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map", "0:a:0", "-f", "f32le", "-ac", "1", "-ar", str(RATE_HZ), "-"],
                          capture_output=True, check=True, stdin=subprocess.DEVNULL)
    return np.frombuffer(done.stdout, "<f4")


def milliseconds(samples: np.ndarray) -> int:
    return round(len(samples) * 1000 / RATE_HZ)


def audible_frames(samples: np.ndarray) -> np.ndarray:
    """One bool per 5 ms: RMS above max(loudest frame - 40 dB, -60 dBFS), clicks removed."""
    size = RATE_HZ * FRAME_MS // 1000
    level = np.sqrt(np.mean(samples[:len(samples) // size * size].reshape(-1, size).astype(np.float64) ** 2, axis=1))
    audible = level > max(level.max(initial=0.0) / 100, 1e-3)
    for begin, end in _runs(audible):
        if (end - begin) * FRAME_MS < CLICK_MS:
            audible[begin:end] = False
    return audible


def stretches(audible: np.ndarray, quiet_ms: int = QUIET_MS) -> list[tuple[int, int]]:
    """Audible stretches [begin, end) in ms, those closer than `quiet_ms` joined."""
    joined: list[list[int]] = []
    for begin, end in _runs(audible):
        if joined and (begin - joined[-1][1]) * FRAME_MS < quiet_ms:
            joined[-1][1] = end
        else:
            joined.append([begin, end])
    return [(begin * FRAME_MS, end * FRAME_MS) for begin, end in joined]


def loudness(path: Path) -> tuple[float, float]:
    """Integrated LUFS and true peak in dBTP (EBU R128), both from ffmpeg's ebur128 filter."""
    done = subprocess.run(["ffmpeg", "-hide_banner", "-nostats", "-i", path, "-map", "0:a:0", "-af", "ebur128=peak=true", "-f", "null", "-"],
                          capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL)
    summary = done.stderr[done.stderr.rindex("Summary:"):]
    return (float(re.search(r"I:\s+(-?[\d.]+|-inf) LUFS", summary).group(1)), float(re.search(r"Peak:\s+(-?[\d.]+|-inf) dBFS", summary).group(1)))


def _runs(flags: np.ndarray) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist()))
