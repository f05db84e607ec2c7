#!/usr/bin/env python3
"""Chatterbox as a whole at full size: Troupe, a sequential pipeline on the same graphs, and the PyTorch reference, in one run.

  TORCH_VENV/bin/python bench/chatterbox_whole.py MODEL_DIR [--scenario 3x20-en ...] [--rounds 1] [--reference-segments 1] [--effort full fast]

MODEL_DIR: `tools/export_chatterbox.py --random SEED -o MODEL_DIR --precision bf16`. Build with `cmake -B build -DTROUPE_BENCH=ON`. Random
weights do not end their sentences: every text gets 25 codes for 14 letters on all sides, guards are off, and how it sounds says
nothing. Sequential: what the replaced system did: for each segment derive the voice, call the engine, write a temp file, under one lock.
PyTorch: the same for the first segments only (it takes a minute for each), as it ships (guidance always costs its second row), per code
and per second of speech. Real-time factor: seconds of work for a second of speech; loading is counted on no side. On a machine that does other
work as well, believe the figure by processor time (over the cores; what waits for other work is not in it).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOL = ROOT / "build" / "chatterbox_engine"
sys.path.insert(0, str(ROOT / "tools" / "chatterbox"))
LETTERS_A_SECOND, CODES_A_SECOND = 14, 25


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--scenario", nargs="*", default=["1x5-fr", "2x10-es", "3x20-en"])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--reference-segments", type=int, default=1, help="0 leaves PyTorch out")
    parser.add_argument("--segments", type=int, help="only so many, from the start")
    parser.add_argument("--effort", nargs="*", choices=("full", "fast"), default=["full", "fast"])
    options = parser.parse_args()
    scenarios = Path(os.environ.get("TROUPE_SCENARIOS") or ROOT.parent / "shared" / "data" / "scenarios")
    try:
        import conditionals
        import librosa
        import reference
    except ImportError as error:
        print(f"SKIPPED: {error}; run it with the Python that has torch and chatterbox-tts (docs/chatterbox.md)")
        return 0
    for needed in (TOOL, options.model / "manifest.json", *(scenarios / name / "job.json" for name in options.scenario)):
        if not needed.exists():
            print(f"SKIPPED: {needed} is missing")
            return 0
    manifest = json.loads((options.model / "manifest.json").read_text())
    print(f"{os.cpu_count()} cores, {manifest['precision']} weights, {manifest['source']}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in options.scenario:
            plan = make_plan(scenarios / name, Path(folder), options.segments, librosa, conditionals)
            for effort in options.effort:
                compare(name, plan, effort, options)
        if options.reference_segments:
            run_reference(reference.build(manifest["seed"], manifest["tiny"], manifest["kind"]), plan, options.reference_segments, conditionals, librosa)
    return 0


def make_plan(scenario: Path, folder: Path, segments: int | None, librosa, conditionals) -> Path:
    """A line per segment: the speaker's first 12 s as WAV, language, guidance, text."""
    import numpy as np
    job = json.loads((scenario / "job.json").read_text(encoding="utf-8"))
    language = job["target_language"]
    source, _ = librosa.load(scenario / job["source_audio"], sr=24000)
    lines = []
    for segment in job["segments"][:segments]:
        speaker = segment.get("speaker_id") or segment["speaker"]
        wav = folder / f"{scenario.name}-{speaker}.wav"
        if not wav.exists():
            own = [s for s in job["segments"] if (s.get("speaker_id") or s.get("speaker")) == speaker]
            heard = np.concatenate([source[int(s["start_ms"] * 24):int(s["end_ms"] * 24)] for s in own])[:12 * 24000]
            conditionals.write_wav(wav, np.clip(heard, -1, 32767 / 32768))
        lines.append("\t".join([str(wav), language, "0.5" if language.startswith("en") else "0", " ".join(segment["translated_text"].split())[:300]]))
    plan = folder / f"{scenario.name}.tsv"
    plan.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return plan


def compare(name: str, plan: Path, effort: str, options) -> None:
    runs = {"sequential": [], "troupe": []}
    for _ in range(options.rounds):
        for mode, threads in (("sequential", os.cpu_count()), ("troupe", 1)):
            done = subprocess.run([TOOL, options.model, plan, mode, effort, str(threads)], check=True, capture_output=True, text=True)
            runs[mode].append(json.loads(done.stdout))
    middle = {mode: {key: statistics.median(r[key] for r in found) for key in found[0]} for mode, found in runs.items()}
    for mode, s in middle.items():
        print(f"{name} {effort} {mode}: {s['total']:.1f} s for {s['speech']:.1f} s of speech, real-time factor {s['total'] / s['speech']:.2f}, "
              f"by processor time {s['processor'] / os.cpu_count() / s['speech']:.2f}; voices {s['voices']:.1f} s, "
              f"codes {s['codes']:.1f} s ({s['code_count'] / s['codes']:.0f}/s), sound {s['total'] - s['voices'] - s['codes']:.1f} s; loading {s['load']:.1f} s", flush=True)
    processor = middle["sequential"]["processor"] / middle["troupe"]["processor"]
    print(f"{name} {effort}: by processor time {100 * (1 - 1 / processor):.0f} % less than sequential, {processor:.2f} times as fast; by the clock "
          f"{100 * (1 - middle['troupe']['total'] / middle['sequential']['total']):.0f} % less, "
          f"{middle['sequential']['total'] / middle['troupe']['total']:.2f} times as fast", flush=True)


def run_reference(model, plan: Path, segments: int, conditionals, librosa) -> None:
    """prepare_conditionals, T3.inference, S3Gen.inference as ChatterboxMultilingualTTS.generate calls them, with a given number of codes."""
    import torch
    from chatterbox.models.t3.modules.cond_enc import T3Cond
    torch.set_num_threads(os.cpu_count())
    processor = time.process_time()
    sums = {"voices": 0.0, "codes": 0.0, "sound": 0.0, "speech": 0.0, "count": 0}
    for line in plan.read_text(encoding="utf-8").splitlines()[:segments]:
        wav_path, _, guidance, text = line.split("\t")
        wav, _ = librosa.load(wav_path, sr=24000)
        count = round(len(text) * CODES_A_SECOND / LETTERS_A_SECOND)
        with torch.inference_mode():
            start = time.perf_counter()
            made = conditionals.reference_conditionals(model, wav)
            sums["voices"] += time.perf_counter() - start
            cond = T3Cond(speaker_emb=torch.from_numpy(made["speaker_embedding"])[None], emotion_adv=0.5 * torch.ones(1, 1, 1),
                          cond_prompt_speech_tokens=torch.from_numpy(made["t3_prompt_tokens"])[None])
            ids = torch.randint(3, 250, (1, max(4, len(text) // 2)))
            ids = torch.cat([torch.full((1, 1), 255), ids, torch.zeros(1, 1, dtype=torch.long)], 1).repeat(2, 1)
            start = time.perf_counter()
            codes = model.t3.inference(t3_cond=cond, text_tokens=ids, max_new_tokens=count, temperature=0.8, cfg_weight=float(guidance),
                                       repetition_penalty=1.2, min_p=0.05, top_p=1.0)[0]
            sums["codes"] += time.perf_counter() - start
            codes = codes[codes < 6561]
            gen = {"prompt_token": torch.from_numpy(made["prompt_tokens"])[None], "prompt_token_len": torch.tensor([len(made["prompt_tokens"])]),
                   "prompt_feat": torch.from_numpy(made["prompt_mel"])[None], "prompt_feat_len": None, "embedding": torch.from_numpy(made["x_vector"])[None]}
            start = time.perf_counter()
            sound, _ = model.s3gen.inference(speech_tokens=codes, ref_dict=gen)
            sums["sound"] += time.perf_counter() - start
        sums["speech"] += sound.shape[-1] / 24000
        sums["count"] += len(codes)
    total = sums["voices"] + sums["codes"] + sums["sound"]
    print(f"PyTorch, {segments} segment(s): {total:.1f} s for {sums['speech']:.1f} s of speech, real-time factor {total / sums['speech']:.2f}, "
          f"by processor time {(time.process_time() - processor) / os.cpu_count() / sums['speech']:.2f}; voices {sums['voices']:.1f} s, "
          f"codes {sums['codes']:.1f} s ({sums['count'] / sums['codes']:.1f}/s), sound {sums['sound']:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
