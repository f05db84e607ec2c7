"""The GE2E speaker encoder as ONNX: three LSTM layers, linear, ReLU, L2 norm.

Source: PyPI Resemblyzer (Corentin Jemine, Resemble AI, Apache-2.0), after Wan, Wang, Papir, Lopez Moreno 2018, "Generalized
End-to-End Loss for Speaker Verification" (arXiv:1710.10467). docs/formats/models.md describes the front end.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx

import torch_legacy
from mel_filterbank import mel_filters
from onnx_graph import Graph, Port, node

LAYERS, HIDDEN, MELS, FRAMES = 3, 256, 40, 160


def prepare(members: dict[str, bytes], out: Path) -> None:
    """Writes ge2e/ge2e.onnx and ge2e/mel_filters.npy below `out`."""
    folder = out / "ge2e"
    folder.mkdir(parents=True, exist_ok=True)
    state = torch_legacy.load(members["resemblyzer/pretrained.pt"])["model_state"]
    onnx.save(encoder(state).model("ge2e"), folder / "ge2e.onnx")
    np.save(folder / "mel_filters.npy", mel_filters(sample_rate=16000, n_fft=400, n_mels=MELS))


def encoder(state: dict) -> Graph:
    """mel [B, 160, 40] -> embedding [B, 256], each row non-negative with L2 norm 1."""
    constants = {"last_axis": np.array([1], dtype=np.int64),
                 "embedding_shape": np.array([-1, HIDDEN], dtype=np.int64), "tiny": np.array(1e-12, dtype=np.float32),
                 "linear.weight": state["linear.weight"], "linear.bias": state["linear.bias"]}
    nodes, x = [node("Transpose", ["mel"], ["time_major"], perm=[1, 0, 2])], "time_major"
    for layer in range(LAYERS):
        name = f"lstm{layer}/"
        weight = lambda kind: _reorder_gates(state[f"lstm.{kind}_l{layer}"])
        constants[name + "W"] = weight("weight_ih")[np.newaxis]
        constants[name + "R"] = weight("weight_hh")[np.newaxis]
        constants[name + "B"] = np.concatenate([weight("bias_ih"), weight("bias_hh")])[np.newaxis]
        nodes.append(node("LSTM", [x, name + "W", name + "R", name + "B"], [name + "Y", name + "Y_h"], hidden_size=HIDDEN))
        if layer + 1 < LAYERS:
            constants["lstm_axis"] = np.array([1], dtype=np.int64)
            nodes.append(node("Squeeze", [name + "Y", "lstm_axis"], [name + "sequence"]))
            x = name + "sequence"
    nodes += [node("Reshape", [f"lstm{LAYERS - 1}/Y_h", "embedding_shape"], ["hidden"]),
              node("Gemm", ["hidden", "linear.weight", "linear.bias"], ["projected"], transB=1),
              node("Relu", ["projected"], ["positive"]),
              node("ReduceL2", ["positive", "last_axis"], ["norm"], keepdims=1),
              node("Max", ["norm", "tiny"], ["divisor"]),
              node("Div", ["positive", "divisor"], ["embedding"])]
    return Graph(nodes, constants, [Port("mel", ("batch", FRAMES, MELS))], [Port("embedding", ("batch", HIDDEN))])


def _reorder_gates(value: np.ndarray) -> np.ndarray:
    """PyTorch stacks the gates input, forget, cell, output; ONNX stacks input, output, forget, cell."""
    i, f, g, o = np.split(value, 4)
    return np.concatenate([i, o, f, g])
