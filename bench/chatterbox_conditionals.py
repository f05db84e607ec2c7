#!/usr/bin/env python3
"""A person's conditionals at full size: ours beside the PyTorch reference, same weights, same recording, one run.

  TORCH_VENV/bin/python bench/chatterbox_conditionals.py MODEL_DIR [RECORDING ...] [--rounds 5]

MODEL_DIR: what `tools/export_chatterbox.py --random SEED -o MODEL_DIR --only conditionals` wrote (0.5 GB), or a whole export. Without
recordings: 12 s of synthetic speech. Build with `cmake -B build -DTROUPE_BENCH=ON`. The rounds alternate; medians and their ratio.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / "build" / "chatterbox_voice"
sys.path.insert(0, str(ROOT / "tools" / "chatterbox"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("recordings", type=Path, nargs="*")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    try:
        import conditionals
        import librosa
        import numpy as np
        import reference
        from safetensors.numpy import load_file
    except ImportError as error:
        print(f"skipped: {error}; run it with the Python that has torch and chatterbox-tts (docs/chatterbox.md)")
        return 0
    if not TOOL.exists() or not (options.model / "manifest.json").exists():
        print(f"skipped: {TOOL if not TOOL.exists() else options.model / 'manifest.json'} is missing")
        return 0
    manifest = json.loads((options.model / "manifest.json").read_text())
    model = reference.build(manifest["seed"], manifest["tiny"], manifest["kind"])
    with tempfile.TemporaryDirectory() as folder:
        synthetic = Path(folder) / "synthetic.wav"
        conditionals.write_wav(synthetic, conditionals.synthetic_speech(12, 1))
        for recording in options.recordings or [synthetic]:
            wav, _ = librosa.load(recording, sr=24000)
            wav = wav[:30 * 24000]
            plain = Path(folder) / "plain.wav"  # the same samples for both, on the 16-bit grid
            wav = (np.round(np.clip(wav, -1, 1) * 32767) / 32768).astype(np.float32)
            conditionals.write_wav(plain, wav)
            theirs_ms, ours_ms = [], []
            for _ in range(options.rounds):
                start = time.perf_counter()
                theirs = conditionals.reference_conditionals(model, wav)
                theirs_ms.append((time.perf_counter() - start) * 1e3)
                out = Path(folder) / "ours.safetensors"
                # The first of two is the runtime's compilation for this length; torch has warmed up as well.
                done = subprocess.run([TOOL, options.model, plain, out, "2"], check=True, capture_output=True, text=True)
                ours_ms.append(float(done.stdout.split()[-1]))
            ours = load_file(out)
            print(f"{recording.name}: {len(wav) / 24000:.1f} s, {out.stat().st_size / 1e3:.0f} KB; PyTorch {statistics.median(theirs_ms[1:]):.0f} ms, "
                  f"ours {statistics.median(ours_ms):.0f} ms, ratio {statistics.median(theirs_ms[1:]) / statistics.median(ours_ms):.2f}")
            for name in ("speaker_embedding", "x_vector", "prompt_mel"):
                a, b = theirs[name].astype(np.float64), ours[name].astype(np.float64)
                b = b if a.shape == b.shape else b[:len(a)]
                a = a[:len(b)]
                cosine = (a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b)
                print(f"  {name}: largest difference {np.abs(a - b).max():.2e} (largest value {np.abs(a).max():.2f}), 1 - cosine {1 - cosine:.1e}")
            for name in ("t3_prompt_tokens", "prompt_tokens"):
                a, b = theirs[name], ours[name]
                length = min(len(a), len(b))
                print(f"  {name}: {int((a[:length] == b[:length]).sum())} of {len(a)} equal ({len(b)} ours), {len(set(a.tolist()))} different ones")
    return 0


if __name__ == "__main__":
    sys.exit(main())
