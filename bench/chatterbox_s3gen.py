#!/usr/bin/env python3
"""Speech tokens to samples at full size: ours beside the PyTorch reference, same weights, same noise, one run.

  TORCH_VENV/bin/python bench/chatterbox_s3gen.py MODEL_DIR [--tokens 150] [--prompt 250] [--turns 4] [--settings 10,1,250,fastest ...]

MODEL_DIR: what `tools/export_chatterbox.py --random SEED -o MODEL_DIR --only s3gen` wrote (0.5 GB), or a whole export. Build with
`cmake -B build -DTROUPE_BENCH=ON`. A setting is steps, guidance every so many steps, prompt tokens, f32|fastest. Wall seconds count
where the machine is idle, processor seconds where it is not. Mel distance: mean difference to the reference's mel over the mel's own
standard deviation; of random weights it says how well the arithmetic follows, not what a listener would hear.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / "build" / "chatterbox_s3gen"
sys.path.insert(0, str(ROOT / "tools" / "chatterbox"))
SETTINGS = ("10,1,250,f32", "10,1,250,fastest", "8,1,250,fastest", "6,1,250,fastest", "6,2,250,fastest", "6,2,100,fastest")


def flow_gflop(frames: int) -> float:
    """Of one row of one step: products with weights, and attention (56 blocks of 8 heads x 64), which flop counters leave out."""
    return 0.1322 * frames + 56 * 4 * frames * frames * 512 / 1e9


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--tokens", type=int, default=150)
    parser.add_argument("--prompt", type=int, default=250)
    parser.add_argument("--turns", type=int, default=4)
    parser.add_argument("--settings", nargs="+", default=SETTINGS)
    options = parser.parse_args()
    try:
        import numpy as np
        import reference
        import s3gen
        import torch
        from safetensors.numpy import load_file, save_file
    except ImportError as error:
        print(f"skipped: {error}; run it with the Python that has torch and chatterbox-tts (docs/chatterbox.md)")
        return 0
    if not TOOL.exists() or not (options.model / "manifest.json").exists():
        print(f"skipped: {TOOL if not TOOL.exists() else options.model / 'manifest.json'} is missing")
        return 0
    cores = os.cpu_count() or 1
    torch.set_num_threads(cores)
    manifest = json.loads((options.model / "manifest.json").read_text())
    model = reference.build(manifest["seed"], manifest["tiny"], manifest["kind"])
    seconds = options.tokens / 25
    start, processor = time.perf_counter(), time.process_time()
    theirs = s3gen.reference_speech(model, 1, options.prompt, options.tokens)
    wall, processor = time.perf_counter() - start, time.process_time() - processor
    print(f"{options.tokens} tokens = {seconds:.1f} s of speech, prompt {options.prompt} tokens, {cores} cores, one run")
    print(f"PyTorch f32 as it ships: {wall:.1f} s wall, {processor:.1f} processor s, real-time factor {wall / seconds:.2f}")
    with tempfile.TemporaryDirectory() as folder:
        into, out = Path(folder) / "in.safetensors", Path(folder) / "out.safetensors"
        save_file({k: np.ascontiguousarray(v) for k, v in theirs.items()}, into)
        for setting in options.settings:
            steps, guidance, prompt, precision = setting.split(",")
            done = subprocess.run([TOOL, options.model, into, out, str(options.turns), steps, guidance, prompt, precision],
                                  check=True, capture_output=True, text=True)
            took = {line.split()[0]: [float(x) for x in line.split()[1:]] for line in done.stdout.splitlines()}
            ours = load_file(out)
            rows = int(steps) + -(-int(steps) // int(guidance))
            flow = rows * flow_gflop(2 * (min(int(prompt), options.prompt) + options.tokens))
            each, busy = took["together"][0] / options.turns, took["together"][1] / options.turns
            mel = np.abs(ours["mel"] - theirs["mel"]).mean() / theirs["mel"].std()
            wave = np.linalg.norm(ours["wave"] - theirs["wave"]) / np.linalg.norm(theirs["wave"])
            print(f"steps {steps}, guidance every {guidance}, prompt {prompt}, {precision}: alone {took['alone'][0] / seconds:.2f}, "
                  f"{options.turns} side by side {each / seconds:.2f} of real time ({wall / each:.1f}x PyTorch's; {busy / cores / seconds:.2f} by "
                  f"processor time, {processor / busy:.1f}x), flow {flow:.0f} GFLOP = {flow / busy:.0f} GFLOP/s per core; "
                  f"mel distance {mel:.2e}, wave error {wave:.2e}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
