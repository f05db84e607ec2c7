#!/usr/bin/env python3
"""Real-time factor (time / seconds of speech): `troupe dub` with stored voices beside ONNX Runtime float32 on the same texts.

Ours: the wall time of the whole process, everything around synthesis included. ONNX Runtime, twice: the package's graph as it is,
dequantised, and our three graphs without the host's part. There one session serves a worker thread per core (its fastest arrangement on
few cores), at natural pace, and only running the graphs is counted, which favours it. The rounds go through all three in turn, so that
a busy machine is busy for each; ratios are medians of the rounds' ratios. Speech is what sounds: pauses are counted on neither side.
Last: from the start of the process to the first finished file. Arguments: a job with English targets (default: scenario 3x20-en), rounds.
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
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnxruntime

from kokoro_reference import make_prompts, ort_session, package_model, whole_graph
from scenarios import ROOT, TROUPE, dub, scenario_folder
from track import audible_frames, decode, stretches

sys.path.insert(0, str(ROOT / "tools"))
import reference_source  # noqa: E402
from model_store import default_folder  # noqa: E402

ROUNDS = 5
VOICE = "af_heart"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("job", type=Path, nargs="?", help="a job with English targets (default: scenario 3x20-en)")
    parser.add_argument("rounds", type=int, nargs="?", default=ROUNDS, help="default: %(default)s")
    options = parser.parse_args()
    if (job := options.job) is not None:
        pass
    elif (folder := scenario_folder()) is None:
        return 0
    else:
        job = folder / "3x20-en" / "job.json"
    if run_troupe(job) is None:   # makes the voices and the compiled models
        return 1
    sides = OrtSides([turn["text"] for turn in read_report()["turns"]])
    factors, reports = defaultdict(list), []
    for number in range(options.rounds):
        if (seconds := run_troupe(job)) is None:
            return 1
        reports.append(read_report())
        speech = sum(speech_seconds(decode(stem)) for stem in sorted((OUT / "stems").iterdir()))
        factors["troupe"].append(seconds / speech)
        factors["the package's graph"].append(sides.run_whole())
        factors["our three graphs"].append(sides.run_parts())
        print(f"round {number + 1}: {speech:.1f} s of speech, " + ", ".join(f"{name} {values[-1]:.3f}" for name, values in factors.items()), flush=True)
    print_result(factors, reports)
    print_start()
    return 0


OUT = ROOT / "bench-out" / "rtf"


def run_troupe(job: Path) -> float | None:
    start = time.perf_counter()
    done = dub(job, OUT)
    if done.returncode != 0:
        print(f"status {done.returncode}: {done.stderr.strip()}", file=sys.stderr)
        return None
    return time.perf_counter() - start


def read_report() -> dict:
    return json.loads((OUT / "report.json").read_text(encoding="utf-8"))


def speech_seconds(samples: np.ndarray) -> float:
    """Pauses below 0.3 s count."""
    return sum(end - begin for begin, end in stretches(audible_frames(samples), 300)) / 1000


def print_result(factors: dict, reports: list[dict]) -> None:
    phases = {name: statistics.median(r["phases_ms"][name] for r in reports) / 1000 for name in reports[0]["phases_ms"]}
    engine = reports[0]["engine"]
    print(f"troupe, {engine['device']}, {engine['precision']}, {engine['threads']} threads per request: "
          f"real-time factor {statistics.median(factors['troupe']):.3f} (median of {len(reports)})")
    print("  phases  " + ", ".join(f"{name} {seconds:.2f}" for name, seconds in phases.items()) +
          f"; outside synthesis {100 * (1 - phases['synthesis'] / phases['total']):.1f} %")
    for name in list(factors)[1:]:
        ratio = statistics.median(a / b for a, b in zip(factors["troupe"], factors[name]))
        print(f"ONNX Runtime {onnxruntime.__version__} float32, {name}: real-time factor {statistics.median(factors[name]):.3f}; troupe / it: {ratio:.2f}")


class OrtSides:
    """The same texts by ONNX Runtime, whole and in parts; each run gives a real-time factor."""

    def __init__(self, texts: list[str]):
        kokoro = default_folder() / "kokoro"
        self.workers = len(os.sched_getaffinity(0))
        self.whole = ort_session(whole_graph(package_model()), 1)
        self.parts = [ort_session(str(kokoro / f"{part}.onnx"), 1) for part in ("prosody", "contour", "generator")]
        constants = reference_source.load_constants(kokoro / "source.safetensors")
        prepared = [prepare(self.parts, prompt, constants) for prompt in make_prompts(texts, kokoro, VOICE)]   # also warms the sessions up
        self.prepared = sorted(prepared, key=lambda item: -item[1]["f0"].shape[1])

    def run_whole(self) -> float:
        speed = np.ones(1, np.float32)
        return self._timed(lambda prompt, *_: self.whole.run(None, {**prompt, "speed": speed})[0])

    def run_parts(self) -> float:
        return self._timed(lambda *item: speak(self.parts, *item))

    def _timed(self, run) -> float:
        start = time.perf_counter()
        with ThreadPoolExecutor(self.workers) as pool:
            audio = list(pool.map(lambda item: run(*item), self.prepared))
        return (time.perf_counter() - start) / sum(speech_seconds(a.ravel()) for a in audio)


def prepare(graphs: list, prompt: dict, constants: dict) -> tuple[dict, dict, np.ndarray]:
    """The prompt, its generator inputs (so that the harmonic source stays out of the timing), frames per token."""
    frames_of, prosody_features, text_features = graphs[0].run(["frames", "prosody_features", "text_features"], prompt)
    frames = np.maximum(1, np.round(frames_of[0])).astype(int)
    f0, energy = graphs[1].run(["f0", "energy"], {"prosody_features_expanded": np.repeat(prosody_features, frames, axis=2), "style": prompt["style"]})
    return prompt, {"text_features_expanded": np.repeat(text_features, frames, axis=2), "f0": f0, "energy": energy, "style": prompt["style"],
                    "harmonics": reference_source.harmonics(f0[0], constants)[None]}, frames


def speak(graphs: list, prompt: dict, inputs: dict, frames: np.ndarray) -> np.ndarray:
    _, prosody_features, _ = graphs[0].run(["frames", "prosody_features", "text_features"], prompt)
    graphs[1].run(["f0", "energy"], {"prosody_features_expanded": np.repeat(prosody_features, frames, axis=2), "style": prompt["style"]})
    return graphs[2].run(["audio"], inputs)[0]


def print_start() -> None:
    times = []
    with tempfile.TemporaryDirectory() as folder:
        for run in range(ROUNDS):
            out = Path(folder) / f"yes{run}.wav"
            start = time.perf_counter()
            process = subprocess.Popen([TROUPE, "speak", "Yes.", "--voice", VOICE, "--to", "en", "-o", out], stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
            while process.poll() is None and not out.exists():
                time.sleep(0.002)
            times.append(time.perf_counter() - start)
            if process.wait() != 0:
                return print(f"troupe speak: status {process.returncode}", file=sys.stderr)
    print(f"troupe speak 'Yes.', start of the process to the finished file: {statistics.median(times):.2f} s (median of {ROUNDS})")


if __name__ == "__main__":
    sys.exit(main())
