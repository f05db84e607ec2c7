#!/usr/bin/env python3
"""Real-time factor (time / audio): median of five runs of `troupe dub` with stored voices, beside ONNX Runtime on the same texts.

Ours: a whole job, wall time of the process and by phase, and what part of it is not synthesis. ONNX Runtime: the three float32 graphs
alone, one session per worker thread (its fastest arrangement on few cores), natural pace; neither host source nor anything around it
is counted, which favours it. Both in one run of this program. Last: from the start of the process to a finished short file.
Argument: a job with English targets; default: scenario 3x20-en.
"""

from __future__ import annotations

import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime

from scenarios import ROOT, TROUPE, dub, scenario_folder

sys.path.insert(0, str(ROOT / "tools"))
import reference_source  # noqa: E402
from model_store import default_folder  # noqa: E402

RUNS = 5
VOICE = "af_heart"
ESPEAK_RETRIEVAL, ESPEAK_UTF8, ESPEAK_IPA = 1, 1, 2    # speak_lib.h


def main() -> int:
    if len(sys.argv) > 1:
        job = Path(sys.argv[1])
    elif (folder := scenario_folder()) is None:
        return 0
    else:
        job = folder / "3x20-en" / "job.json"
    reports, walls = [], []
    for run in range(RUNS + 1):   # the first makes the voices and the compiled models, and is not counted
        out = ROOT / "bench-out" / "rtf"
        start = time.perf_counter()
        done = dub(job, out)
        if done.returncode != 0:
            print(f"status {done.returncode}: {done.stderr.strip()}", file=sys.stderr)
            return 1
        if run:
            walls.append(time.perf_counter() - start)
            reports.append(json.loads((out / "report.json").read_text(encoding="utf-8")))
    print_ours(walls, reports)
    print_onnxruntime([turn["text"] for turn in reports[0]["turns"]], len(os.sched_getaffinity(0)))
    print_start()
    return 0


def print_ours(walls: list[float], reports: list[dict]) -> None:
    audio = reports[0]["result"]["actual_ms"] / 1000
    phases = {name: statistics.median(r["phases_ms"][name] for r in reports) / 1000 for name in reports[0]["phases_ms"]}
    engine = reports[0]["engine"]
    print(f"troupe ({engine['device']}, {engine['precision']}, {engine['threads']} thread per request), {audio:.1f} s of dub, median of {len(walls)}:")
    print(f"  process {statistics.median(walls):.2f} s ({min(walls):.2f} to {max(walls):.2f}), real-time factor {statistics.median(walls) / audio:.3f}")
    print(f"  job     {phases['total']:.2f} s, real-time factor {phases['total'] / audio:.3f}; "
          f"outside synthesis {100 * (1 - phases['synthesis'] / phases['total']):.1f} %")
    print("  phases  " + ", ".join(f"{name} {seconds:.2f}" for name, seconds in phases.items()))


def print_onnxruntime(texts: list[str], workers: int) -> None:
    kokoro = default_folder() / "kokoro"
    prompts = make_prompts(texts, kokoro)
    constants = reference_source.load_constants(kokoro / "source.safetensors")
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads, settings.log_severity_level = 1, 3
    graphs = [onnxruntime.InferenceSession(str(kokoro / f"{part}.onnx"), settings, providers=["CPUExecutionProvider"])
              for part in ("prosody", "contour", "generator")]
    prepared = [prepare(graphs, prompt, constants) for prompt in prompts]   # also warms the sessions up
    samples = 0
    start = time.perf_counter()
    with ThreadPoolExecutor(workers) as pool:
        for count in pool.map(lambda item: speak(graphs, *item), sorted(prepared, key=lambda item: -item[1]["f0"].shape[1])):
            samples += count
    seconds = time.perf_counter() - start
    print(f"ONNX Runtime {onnxruntime.__version__} float32, {workers} workers x 1 thread, {samples / 24000:.1f} s of speech: "
          f"{seconds:.2f} s, real-time factor {seconds * 24000 / samples:.3f} (graphs only)")


def prepare(graphs: list, prompt: dict, constants: dict) -> tuple[dict, dict, np.ndarray]:
    """The prompt, its generator inputs (so that the harmonic source stays out of the timing), frames per token."""
    frames_of, prosody_features, text_features = graphs[0].run(["frames", "prosody_features", "text_features"], prompt)
    frames = np.maximum(1, np.round(frames_of[0])).astype(int)
    f0, energy = graphs[1].run(["f0", "energy"], {"prosody_features_expanded": np.repeat(prosody_features, frames, axis=2), "style": prompt["style"]})
    return prompt, {"text_features_expanded": np.repeat(text_features, frames, axis=2), "f0": f0, "energy": energy, "style": prompt["style"],
                    "harmonics": reference_source.harmonics(f0[0], constants)[None]}, frames


def speak(graphs: list, prompt: dict, inputs: dict, frames: np.ndarray) -> int:
    _, prosody_features, _ = graphs[0].run(["frames", "prosody_features", "text_features"], prompt)
    graphs[1].run(["f0", "energy"], {"prosody_features_expanded": np.repeat(prosody_features, frames, axis=2), "style": prompt["style"]})
    return graphs[2].run(["audio"], inputs)[0].size


def make_prompts(texts: list[str], kokoro: Path) -> list[dict]:
    vocabulary = json.loads((kokoro / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    styles = np.fromfile(kokoro / "voices" / f"{VOICE}.bin", dtype="<f4").reshape(510, 256)
    espeak = ctypes.CDLL("libespeak-ng.so.1")
    espeak.espeak_TextToPhonemes.restype = ctypes.c_char_p
    espeak.espeak_Initialize(ESPEAK_RETRIEVAL, 0, None, 0)
    espeak.espeak_SetVoiceByName(b"en-us")
    prompts = []
    for text in texts:
        rest, ipa = ctypes.c_char_p(text.encode()), ""
        while rest.value:
            ipa += espeak.espeak_TextToPhonemes(ctypes.byref(rest), ESPEAK_UTF8, ESPEAK_IPA).decode() + " "
        tokens = [vocabulary[c] for c in ipa.strip() if c in vocabulary][:510]
        prompts.append({"tokens": np.array([[0, *tokens, 0]], dtype=np.int64), "style": styles[len(tokens) - 1][None]})
    return prompts


def print_start() -> None:
    with tempfile.TemporaryDirectory() as folder:
        times = []
        for _ in range(RUNS):
            start = time.perf_counter()
            done = subprocess.run([TROUPE, "speak", "Yes.", "--voice", VOICE, "--to", "en", "-o", Path(folder) / "yes.wav"],
                                  capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
            if done.returncode != 0:
                print(f"troupe speak: status {done.returncode}: {done.stderr.strip()}", file=sys.stderr)
                return
            times.append(time.perf_counter() - start)
    print(f"troupe speak 'Yes.', start of the process to a finished file: {statistics.median(times):.2f} s (median of {RUNS})")


if __name__ == "__main__":
    sys.exit(main())
