#!/usr/bin/env python3
"""Maintainer's tool: measures the activation ranges that tools/kokoro_int8.json holds, and writes that file.

Run after tools/fetch_models.py with bench/requirements.txt installed; it needs espeak-ng. A range is the 99.99 % quantile of the magnitude
in a sentence, the largest over the voices below. Only the residual blocks are quantised: nine tenths of the arithmetic, and what
follows a normalisation, so that ranges hold for any voice. With the rest in int8 too the cosine to float32 falls from 0.9995 to 0.93.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import openvino

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "bench"))
import reference_source  # noqa: E402
from kokoro_parity import OvGraph, prompt  # noqa: E402
from model_store import default_folder  # noqa: E402
from prepare_kokoro import RANGES  # noqa: E402

VOICES = ("af_alloy", "af_jessica", "af_river", "am_echo", "am_michael", "bf_alice", "bm_daniel", "ef_dora", "hf_alpha", "if_sara", "pm_santa")
SENTENCES = ("The committee will publish its report before the end of the year.", "Have you ever seen such a bright star?")
QUANTILE = 0.9999


def main() -> int:
    kokoro = default_folder() / "kokoro"
    model = onnx.load(kokoro / "generator.onnx")
    names = sorted({n.input[0] for n in model.graph.node if n.op_type == "Conv" and ("resblocks" in n.name or "noise_res" in n.name)})
    model.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    core = openvino.Core()
    generator = core.compile_model(core.read_model(model.SerializeToString()), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    parts = [OvGraph(kokoro / f"{part}.onnx", 2, "f32") for part in ("prosody", "contour")]
    constants = reference_source.load_constants(kokoro / "source.safetensors")
    ranges = dict.fromkeys(names, 0.0)
    for voice in VOICES:
        for sentence in SENTENCES:
            results = generator(generator_inputs(parts, prompt(kokoro, voice, sentence), constants))
            for name in names:
                ranges[name] = max(ranges[name], float(np.quantile(np.abs(results[name]), QUANTILE)))
        print(voice, flush=True)
    RANGES.write_text(json.dumps({name: float(f"{value:.4g}") for name, value in ranges.items()}, indent=1) + "\n", encoding="utf-8")
    return 0


def generator_inputs(parts: list, prompt: dict, constants: dict) -> dict:
    features = parts[0](**prompt)
    frames = np.maximum(1, np.round(features["frames"][0])).astype(int)
    expand = lambda name: np.ascontiguousarray(np.repeat(features[name], frames, axis=2))
    curve = parts[1](prosody_features_expanded=expand("prosody_features"), style=prompt["style"])
    noise = np.random.default_rng(0).standard_normal((600 * frames.sum(), 9))
    return {"text_features_expanded": expand("text_features"), "style": prompt["style"], "f0": curve["f0"], "energy": curve["energy"],
            "harmonics": reference_source.harmonics(curve["f0"][0], constants, noise)[None]}


if __name__ == "__main__":
    sys.exit(main())
