"""Numpy reference of Kokoro's harmonic source: f0 -> the generator's `harmonics` input.

The neural source filter of hn-NSF (Wang, Takaki, Yamagishi 2019, arXiv:1904.12088) as used by StyleTTS 2 and iSTFTNet.
docs/formats/kokoro_model.md tells it step by step; the C++ side is tested against this file.
bench/kokoro_parity.py compares it with the original graph.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np


def load_constants(path: Path) -> dict[str, np.ndarray]:
    """Reads kokoro/source.safetensors (float32 tensors only)."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8:8 + length])
    start = 8 + length
    return {name: np.frombuffer(data[start + entry["data_offsets"][0]:start + entry["data_offsets"][1]], "<f4").reshape(entry["shape"])
            for name, entry in header.items() if name != "__metadata__"}


def phases(f0: np.ndarray, constants: dict, dtype=np.float64) -> np.ndarray:
    """f0 [2F] Hz -> phase in radians [600F, 9], modulo whole turns. With dtype float32: the export's arithmetic, errors included."""
    up = int(constants["samples_per_f0"][0])
    multiples = constants["harmonic_multiples"].astype(dtype)
    turns = f0.astype(dtype)[:, None] * multiples / dtype(constants["sample_rate_hz"][0])
    turns = turns - np.floor(turns)                     # advance per sample, in [0, 1) turns; [2F, 9]
    ends = np.cumsum(turns, axis=0, dtype=dtype)        # inclusive, per f0 frame
    if dtype is np.float32:
        ends = ends * dtype(2) * dtype(3.1415927410125732) * dtype(up)
    else:
        ends = ends * up                                # turns at the middle of each f0 frame's 300 samples
    at = (np.arange(len(f0) * up, dtype=np.float64) + 0.5) / up - 0.5
    at = np.clip(at, 0, len(f0) - 1)                    # half-pixel linear interpolation, constant before the first and after the last centre
    low = np.floor(at).astype(np.int64)
    high = np.minimum(low + 1, len(f0) - 1)
    share = (at - low).astype(dtype)[:, None]
    value = ends[low] * (1 - share) + ends[high] * share
    return value if dtype is np.float32 else 2 * np.pi * (value - np.floor(value))


def excitation(f0: np.ndarray, constants: dict, noise: np.ndarray | None = None, dtype=np.float64) -> np.ndarray:
    """f0 [2F] Hz and standard normal noise [600F, 9] (None: none, as in the export) -> source signal [600F] in (-1, 1)."""
    voiced = np.repeat(f0 > constants["voiced_threshold_hz"][0], int(constants["samples_per_f0"][0]))[:, None]
    sines = constants["sine_amplitude"][0] * np.sin(phases(f0, constants, dtype)) * voiced
    if noise is not None:
        sines = sines + noise * np.where(voiced, constants["noise_voiced_std"][0], constants["noise_unvoiced_std"][0])
    return np.tanh(sines @ constants["linear_weight"].astype(dtype) + constants["linear_bias"].astype(dtype))


def spectrum(signal: np.ndarray, constants: dict) -> np.ndarray:
    """Signal [600F] -> [22, 120F + 1]: magnitudes of the 11 bins, then their phases in (-pi, pi]."""
    window, hop = constants["stft_window"].astype(np.float64), int(constants["stft_hop"][0])
    padded = np.pad(signal.astype(np.float64), len(window) // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, len(window))[::hop]
    bins = np.fft.rfft(frames * window, axis=1)
    bins.imag[:, [0, -1]] = 0.0  # exact for a real signal; +0, so a negative bin has phase +pi as in the original model
    return np.concatenate([np.abs(bins), np.angle(bins)], axis=1).T.astype(np.float32)


def harmonics(f0: np.ndarray, constants: dict, noise: np.ndarray | None = None, dtype=np.float64) -> np.ndarray:
    """f0 [2F] Hz -> the generator's input [22, 120F + 1], float32."""
    return spectrum(excitation(f0, constants, noise, dtype), constants)
