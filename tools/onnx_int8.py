"""int8 convolutions in a float32 graph: quantised where a runtime reads them (QuantizeLinear / DequantizeLinear), everything else untouched.

Weights get a scale per output channel, activations the one of a calibration. Symmetric, so that padding stays zero.
"""

from __future__ import annotations

import numpy as np
import onnx

from onnx_graph import Graph, node


def quantize_convolutions(graph: Graph, ranges: dict[str, float]) -> None:
    """Convolutions whose input has a range (largest magnitude that need not be clipped) become int8. Raises ValueError when a range names no convolution's input."""
    nodes, done = [], set()
    for old in graph.nodes:
        if old.op_type != "Conv" or old.input[0] not in ranges:
            nodes.append(old)
            continue
        name, weight = old.input[0], old.input[1]
        if name not in done:
            done.add(name)
            graph.constants[name + "/scale"] = np.float32(ranges[name] / 127)
            graph.constants[name + "/zero"] = np.int8(0)
            nodes += [node("QuantizeLinear", [name, name + "/scale", name + "/zero"], [name + "/int8"]),
                      node("DequantizeLinear", [name + "/int8", name + "/scale", name + "/zero"], [name + "/rounded"])]
        _quantize_weight(graph, weight)
        nodes.append(node("DequantizeLinear", [weight + "/int8", weight + "/scale", weight + "/zero"], [weight + "/rounded"], axis=0))
        new = onnx.NodeProto()
        new.CopyFrom(old)
        new.input[:2] = [name + "/rounded", weight + "/rounded"]
        nodes.append(new)
    if unknown := sorted(set(ranges) - done):
        raise ValueError(f"ranges for what no convolution reads: {', '.join(unknown)}")
    graph.nodes = nodes


def _quantize_weight(graph: Graph, name: str) -> None:
    weight = graph.constants[name]
    scale = np.abs(weight).reshape(len(weight), -1).max(axis=1) / 127
    scale[scale == 0] = 1
    whole = np.round(weight / scale.reshape(-1, *[1] * (weight.ndim - 1)))
    graph.constants[name + "/int8"] = np.clip(whole, -127, 127).astype(np.int8)
    graph.constants[name + "/scale"] = scale.astype(np.float32)
    graph.constants[name + "/zero"] = np.zeros(len(weight), np.int8)
