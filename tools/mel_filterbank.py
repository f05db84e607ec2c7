"""Slaney's mel filterbank, bit for bit as librosa.filters.mel computes it (librosa 0.10, ISC licence).

Malcolm Slaney, Auditory Toolbox, Technical Report 1998-010, Interval Research: linear below 1 kHz (200/3 Hz per mel),
logarithmic above (log(6.4)/27 per mel), triangles of equal area.
"""

from __future__ import annotations

import numpy as np

HZ_PER_MEL = 200.0 / 3
BREAK_HZ = 1000.0
LOG_STEP = np.log(6.4) / 27.0


def hz_to_mel(hz: float) -> float:
    return hz / HZ_PER_MEL if hz < BREAK_HZ else BREAK_HZ / HZ_PER_MEL + np.log(hz / BREAK_HZ) / LOG_STEP


def mel_to_hz(mel: np.ndarray) -> np.ndarray:
    linear, break_mel = HZ_PER_MEL * mel, BREAK_HZ / HZ_PER_MEL
    return np.where(mel >= break_mel, BREAK_HZ * np.exp(LOG_STEP * (mel - break_mel)), linear)


def mel_filters(sample_rate: int, n_fft: int, n_mels: int) -> np.ndarray:
    """[n_mels, n_fft / 2 + 1] float32 weights for power spectra, from 0 Hz to half the sample rate."""
    bins = np.fft.rfftfreq(n=n_fft, d=1.0 / sample_rate)
    edges = mel_to_hz(np.linspace(hz_to_mel(0.0), hz_to_mel(sample_rate / 2), n_mels + 2))
    widths, ramps = np.diff(edges), np.subtract.outer(edges, bins)
    filters = np.zeros((n_mels, len(bins)), dtype=np.float32)
    for i in range(n_mels):
        filters[i] = np.maximum(0, np.minimum(-ramps[i] / widths[i], ramps[i + 2] / widths[i + 1]))
    filters *= (2.0 / (edges[2:] - edges[:-2]))[:, np.newaxis]
    return filters
