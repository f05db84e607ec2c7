#!/usr/bin/env python3
"""How close the prepared Kokoro graphs are to the model in the package, per runtime and precision.

Run after tools/fetch_models.py, in the venv of bench/requirements.txt. The package's model is
fetched again (it is not kept) into $XDG_CACHE_HOME/troupe/bench. The reference is the package's graph, dequantised, uncut and
otherwise untouched, run by ONNX Runtime in float32. Printed per row: GE2E cosine of all sentences joined, mean and largest
difference of log10 mel spectra, equal durations, real-time factor of the generator alone.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import numpy as np
import onnxruntime
import openvino

TOOLS = Path(__file__).resolve().parent.parent / "tools"
sys.path.insert(0, str(TOOLS))
import reference_source  # noqa: E402
from kokoro_reference import make_prompts, ort_session, package_model, source_branch, whole_graph  # noqa: E402
from mel_filterbank import mel_filters  # noqa: E402
from model_store import default_folder  # noqa: E402

VOICES = ("af_heart", "am_michael")
SENTENCES = (
    "The quick brown fox jumps over the lazy dog, and then it runs away into the forest.",
    "We will meet at the station on Thursday, unless the weather turns bad again.",
    "Nobody expected the small museum to receive so many visitors in its first year.",
    "Please call me back when you have read the message that I sent this morning.")
PARTS = ("prosody", "contour", "generator")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, default=default_folder())
    parser.add_argument("--threads", type=int, default=min(4, os.cpu_count() or 1))
    parser.add_argument("--sentences", type=int, default=len(SENTENCES), help="how many sentences per voice; default: %(default)s")
    options = parser.parse_args()
    kokoro = options.models / "kokoro"
    print_machine(options.threads)
    weights = package_model()
    reference, branch = (ort_session(model, options.threads) for model in (whole_graph(weights), source_branch(weights)))
    constants = reference_source.load_constants(kokoro / "source.safetensors")
    encoder = SpeakerEncoder(options.models)
    parts = {"ONNX Runtime f32": [OrtGraph(kokoro / f"{p}.onnx", options.threads) for p in PARTS],
             "OpenVINO f32": [OvGraph(kokoro / f"{p}.onnx", options.threads, "f32") for p in PARTS]}
    if supports_bf16():
        parts["OpenVINO bf16"] = parts["OpenVINO f32"][:2] + [OvGraph(kokoro / "generator.onnx", options.threads, "bf16")]
    parts["OpenVINO int8"] = parts["OpenVINO f32"][:2] + [OvGraph(kokoro / "generator_int8.onnx", options.threads, "f32")]
    int8 = ort_session(weights, options.threads)
    worst = 1.0
    for voice in VOICES:
        prompts = make_prompts(SENTENCES[:options.sentences], kokoro, voice)
        truth = [reference.run(None, {**p, "speed": np.ones(1, np.float32)})[0].ravel() for p in prompts]
        compare_source(voice, parts["ONNX Runtime f32"], prompts, branch, constants)
        print(f"\n{voice}: {sum(map(len, truth)) / 24000:.1f} s of speech       cosine  mel mean  mel max  same length  generator RTF  to ONNX Runtime's f32 parts")
        original = lambda f0, length: branch.run(["harmonics"], {"f0": f0})[0]
        silent = lambda f0, length: reference_source.harmonics(f0[0], constants)[None]
        noisy = lambda f0, length: reference_source.harmonics(f0[0], constants, np.random.default_rng(0).standard_normal((length, 9)))[None]
        print_row("package int8, whole, ONNX Runtime", truth, [int8.run(None, {**p, "speed": np.ones(1, np.float32)})[0] for p in prompts], None, encoder)
        ort = parts["ONNX Runtime f32"]
        print_row("parts, ONNX Runtime f32, package's source", truth, *render(ort, prompts, original), encoder)
        for title, source in (("no noise", silent), ("noise", noisy)):
            twin = None   # the first: ONNX Runtime
            for name, graphs in parts.items():
                audio, speed = render(graphs, prompts, source)
                twin = twin or audio
                worst = min(worst, print_row(f"parts, {name}, host source, {title}", truth, audio, speed, encoder, twin))
    print(f"\nlowest cosine of the prepared parts with the host source: {worst:.4f} (bar: 0.995)")
    return 0 if worst >= 0.995 else 1


class OrtGraph:
    def __init__(self, path: Path, threads: int):
        self.session = ort_session(str(path), threads)
        self.names = [o.name for o in self.session.get_outputs()]

    def __call__(self, **inputs) -> dict:
        return dict(zip(self.names, self.session.run(None, inputs)))


class OvGraph:
    def __init__(self, path: Path, threads: int, precision: str):
        settings = {"INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": threads, "NUM_STREAMS": 1}
        self.model = openvino.Core().compile_model(str(path), "CPU", settings)
        self.request = self.model.create_infer_request()

    def __call__(self, **inputs) -> dict:
        self.request.infer(inputs)
        return {o.any_name: self.request.get_tensor(o).data.copy() for o in self.model.outputs}


class SpeakerEncoder:
    """GE2E on 24 kHz audio; the front end is described in docs/formats/models.md."""

    def __init__(self, models: Path):
        self.graph = OrtGraph(models / "ge2e" / "ge2e.onnx", 1)
        self.filters = np.load(models / "ge2e" / "mel_filters.npy")

    def __call__(self, audio: np.ndarray) -> np.ndarray:
        audio = resample_24k_to_16k(audio)
        audio = audio * (10 ** (-30 / 20) / np.sqrt(np.mean(audio ** 2) + 1e-12))
        mel = (power_spectrum(audio, 400, 160, "constant") @ self.filters.T).astype(np.float32)
        windows = np.stack([mel[i:i + 160] for i in range(0, len(mel) - 159, 80)])
        mean = self.graph(mel=windows)["embedding"].mean(0)
        return mean / np.linalg.norm(mean)


def power_spectrum(audio: np.ndarray, n_fft: int, hop: int, padding: str) -> np.ndarray:
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n_fft) / n_fft)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(audio, n_fft // 2, mode=padding), n_fft)[::hop]
    return np.abs(np.fft.rfft(frames * window, axis=1)) ** 2


def resample_24k_to_16k(audio: np.ndarray) -> np.ndarray:
    audio = np.pad(audio, (0, -len(audio) % 3))
    count = len(audio) * 2 // 3
    return np.fft.irfft(np.fft.rfft(audio)[:count // 2 + 1], count) * (count / len(audio))


def log_mel(audio: np.ndarray) -> np.ndarray:
    return np.log10(power_spectrum(audio, 1024, 256, "reflect") @ mel_filters(24000, 1024, 80).T + 1e-5)


def render(graphs: list, prompts: list[dict], source) -> tuple[list, float]:
    """Audio per prompt through prosody, contour, source and generator; and the generator's real-time factor."""
    prosody, contour, generator = graphs
    audio, seconds = [], 0.0
    for p in prompts:
        features = prosody(**p)
        frames = np.maximum(1, np.round(features["frames"][0])).astype(int)
        expand = lambda name: np.ascontiguousarray(np.repeat(features[name], frames, axis=2))
        curve = contour(prosody_features_expanded=expand("prosody_features"), style=p["style"])
        inputs = {"text_features_expanded": expand("text_features"), "style": p["style"], "f0": curve["f0"],
                  "energy": curve["energy"], "harmonics": source(curve["f0"], 600 * frames.sum())}
        start = time.perf_counter()
        audio.append(generator(**inputs)["audio"].ravel())
        seconds += time.perf_counter() - start
    return audio, seconds / (sum(map(len, audio)) / 24000)


def compare_source(voice: str, graphs: list, prompts: list[dict], branch, constants: dict) -> None:
    prosody, contour, _ = graphs
    for p in prompts[:1]:
        features = prosody(**p)
        frames = np.maximum(1, np.round(features["frames"][0])).astype(int)
        f0 = contour(prosody_features_expanded=np.repeat(features["prosody_features"], frames, axis=2), style=p["style"])["f0"]
        signal, columns = branch.run(["signal", "harmonics"], {"f0": f0})
        print(f"\n{voice}, host source against the package's branch ({np.mean(f0 > 10):.0%} voiced):")
        for title, dtype in (("float32 as the export", np.float32), ("float64, recommended", np.float64)):
            own = reference_source.excitation(f0[0], constants, dtype=dtype)
            print(f"  signal, {title}: largest error {np.abs(own - signal.ravel()).max():.2g}, rms {np.sqrt(np.mean((own - signal.ravel()) ** 2)):.2g}"
                  f" (signal rms {np.sqrt(np.mean(signal ** 2)):.2g})")
        own, columns = reference_source.spectrum(signal.ravel(), constants), columns[0]
        clear = columns[:11] > 1e-4
        phase = np.abs(np.angle(np.exp(1j * (own[11:] - columns[11:]))))
        print(f"  spectrum of the same signal: magnitude error {np.abs(own[:11] - columns[:11]).max():.2g}, "
              f"phase error {phase[clear].max():.2g} rad where the magnitude is above 1e-4 ({clear.mean():.0%} of the bins)")


def print_row(name: str, truth: list, audio: list, speed: float | None, encoder: SpeakerEncoder, twin: list | None = None) -> float:
    """@return the lower cosine, to the truth or to the twin."""
    cosine = float(encoder(np.concatenate(truth)) @ encoder(np.concatenate(audio)))
    same = all(len(a) == len(b) for a, b in zip(truth, audio))
    difference = np.concatenate([np.abs(log_mel(a) - log_mel(b)).ravel() for a, b in zip(truth, audio)]) if same else None
    mel = f"{difference.mean():8.4f}  {difference.max():7.3f}" if same else "       -        -"
    print(f"  {name:46s} {cosine:.4f}  {mel}  {'yes' if same else 'no':>11s}  {f'{speed:.3f}' if speed else '-':>13s}", end="")
    if twin:
        near = float(encoder(np.concatenate(twin)) @ encoder(np.concatenate(audio)))
        print(f"  {near:27.4f}", end="")
        cosine = min(cosine, near)
    print(flush=True)
    return cosine


def supports_bf16() -> bool:
    """Natively, or computed in the same rounding by AVX-512 (slow, but the same cosine)."""
    if "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        return True
    simulated = " avx512f " in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    print("bf16: no native support; " + ("simulated with AVX-512, so its speed says nothing" if simulated else "nor AVX-512 to simulate it: that row is left out"))
    return simulated


def print_machine(threads: int) -> None:
    core = openvino.Core()
    print(f"{core.get_property('CPU', 'FULL_DEVICE_NAME')}, {threads} threads, OpenVINO {openvino.__version__}, ONNX Runtime {onnxruntime.__version__}")


if __name__ == "__main__":
    sys.exit(main())
