#!/usr/bin/env python3
"""T3's speech tokens a second, full size: Troupe's whole loop at several batch sizes beside PyTorch one utterance at a time.

  chatterbox_t3.py EXPORT --torch PYTHON [--cfg 0] [--tokens 120] [--rounds 3]

EXPORT is made by `tools/export_chatterbox.py --random 1`; PYTHON is that of an environment with torch and chatterbox-tts (docs/chatterbox.md).
Both sides read the same number of text tokens, stop nowhere, and take turns within a round; a ratio is the best of one side's rounds over
the best of the other's, since a busy machine only ever slows. PyTorch is T3.inference as it ships, two rows whatever the guidance, without
the alignment analyser (which would stop it). Needs the build with -DTROUPE_BENCH=ON.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OURS = ROOT / "build" / "bench_chatterbox_t3"
BATCHES = (1, 4, 8, 10, 16)
TEXT_TOKENS, REFERENCE_TOKENS = 64, 40
GOALS = {10: (30, 5)}  # batch: times PyTorch, times ourselves at batch 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("export", type=Path, nargs="?")
    parser.add_argument("--torch", type=Path, help="python with torch and chatterbox-tts")
    parser.add_argument("--cfg", type=float, default=0.0, help="guidance; above 0 every turn is two rows")
    parser.add_argument("--tokens", type=int, default=120, help="of a turn, 10 %% more or less")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--reference", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.reference:
        return reference(options.cfg)
    missing = [str(p) for p in (OURS, options.torch, options.export) if p is None or not p.exists()]
    if missing:
        print(f"SKIPPED: chatterbox_t3 needs the bench build, an export and a torch environment; missing: {', '.join(missing)}")
        return 0
    ours, theirs, peak = {batch: 0.0 for batch in BATCHES}, 0.0, {}
    for _ in range(options.rounds):
        run = subprocess.run([OURS, options.export, "fastest", "speed", str(options.cfg), str(options.tokens), *map(str, BATCHES)],
                             stdout=subprocess.PIPE, text=True, check=True)
        for line in map(json.loads, run.stdout.splitlines()):
            ours[line["batch"]] = max(ours[line["batch"]], line["tokens_per_second"])
            peak[line["batch"]] = line["peak_mib"]
        run = subprocess.run([options.torch, __file__, "--reference", "--cfg", str(options.cfg)], stdout=subprocess.PIPE, text=True, check=True)
        theirs = max(theirs, float(run.stdout.splitlines()[-1]))
    manifest = json.loads((options.export / "manifest.json").read_text(encoding="utf-8"))
    print(f"weights {manifest['precision']}, guidance {options.cfg}, {TEXT_TOKENS} text tokens, {options.tokens} speech tokens a turn")
    print(f"PyTorch f32, one at a time: {theirs:.1f} tokens/s")
    print("| batch | tokens/s | x PyTorch | x batch 1 | real-time factor | peak MiB |\n|---|---|---|---|---|---|")
    for batch, speed in ours.items():
        print(f"| {batch} | {speed:.1f} | {speed / theirs:.1f} | {speed / ours[1]:.1f} | {25 / speed:.2f} | {peak[batch]} |")
    for batch, (over_torch, over_one) in GOALS.items():
        reached = ours[batch] >= over_torch * theirs and ours[batch] >= over_one * ours[1]
        print(f"goal at batch {batch}: {over_torch}x PyTorch and {over_one}x batch 1: {'reached' if reached else 'NOT reached'}")
    return 0


def reference(cfg: float) -> int:
    sys.path.remove(str(Path(__file__).resolve().parent))  # its chatterbox.py would hide the package
    import torch
    from chatterbox.models.t3 import T3
    from chatterbox.models.t3.modules.cond_enc import T3Cond
    from chatterbox.models.t3.modules.t3_config import T3Config
    torch.manual_seed(1)
    t3 = T3(T3Config.multilingual()).eval()
    t3.hp.text_tokens_dict_size = 0   # "not multilingual": no analyser
    t3.hp.stop_speech_token = -1      # never drawn
    text = torch.cat([torch.tensor([255]), torch.randint(1, 250, (TEXT_TOKENS,)), torch.tensor([0])]).repeat(2, 1)
    voice = T3Cond(speaker_emb=torch.rand(1, 256) / 9, cond_prompt_speech_tokens=torch.randint(0, 6561, (1, 150)),
                   emotion_adv=0.5 * torch.ones(1, 1, 1))
    for tokens in (2, REFERENCE_TOKENS):
        begin = time.perf_counter()
        t3.inference(t3_cond=voice, text_tokens=text, max_new_tokens=tokens, temperature=0.8, min_p=0.05, top_p=1.0, repetition_penalty=1.2,
                     cfg_weight=cfg)
        seconds = time.perf_counter() - begin
    print(REFERENCE_TOKENS / seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())
