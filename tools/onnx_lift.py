"""One-dimensional convolutional graphs as two-dimensional ones of height 1.

Runtimes have their channel-blocked kernels for images: on [1, C, W] OpenVINO changes the layout between every convolution and
every normalisation, on [1, C, 1, W] it does not (measured: 18 % of the time of Kokoro's generator).
"""

from __future__ import annotations

import numpy as np
import onnx

from onnx_graph import Graph, node

# Element-wise: they only follow the rank of what they read.
FOLLOWING = {"Add", "Sub", "Mul", "Div", "Pow", "Mod", "Abs", "Sqrt", "Exp", "Sin", "Cos", "LeakyRelu"}


def lift(graph: Graph) -> None:
    """Gives every tensor [N, C, W] of the graph the shape [N, C, 1, W]; its inputs keep theirs. Raises ValueError at an operator it does not know."""
    rank = _ranks(graph)
    rewritten = [node("Unsqueeze", [port.name, _constant(graph, "lift/height", [2])], [port.name + "/lifted"])
                 for port in graph.inputs if rank[port.name] == 3]
    renamed = {port.name: port.name + "/lifted" for port in graph.inputs if rank[port.name] == 3}
    for old in graph.nodes:
        new = onnx.NodeProto()
        new.CopyFrom(old)
        new.input[:] = [renamed.get(name, name) for name in old.input]
        _lift_node(graph, new, rank)
        rewritten.append(new)
    graph.nodes = rewritten


def _lift_node(graph: Graph, new: onnx.NodeProto, rank: dict) -> None:
    if all(rank[name] != 3 for name in [*new.output, *(i for i in new.input if i in rank)]) and not any(i.endswith("/lifted") for i in new.input):
        return
    kind = new.op_type
    if kind in FOLLOWING:
        for index, name in enumerate(new.input):
            if name in graph.constants and graph.constants[name].ndim == 3:
                new.input[index] = _constant(graph, name + "/lifted", graph.constants[name][:, :, None, :])
    elif kind in ("Conv", "ConvTranspose"):
        new.input[1] = _constant(graph, new.input[1] + "/lifted", graph.constants[new.input[1]][:, :, None, :])
        _lift_attributes(new)
    elif kind == "ReduceMean":
        new.input[1] = _constant(graph, "lift/plane", [2, 3])
    elif kind == "Unsqueeze":
        (axis,) = graph.constants[new.input[1]]
        new.input[1] = _constant(graph, f"lift/unsqueeze_{axis}", {1: [1, 2], 2: [2, 3]}[int(axis)])
    elif kind == "Pad":
        pads = graph.constants[new.input[1]]
        new.input[1] = _constant(graph, new.input[1] + "/lifted", [*pads[:2], 0, pads[2], *pads[3:5], 0, pads[5]])
    elif kind == "Resize":
        scales = graph.constants[new.input[2]]
        new.input[2] = _constant(graph, new.input[2] + "/lifted", np.array([*scales[:2], 1, scales[2]], dtype=np.float32))
    elif kind == "Slice":
        if list(graph.constants[new.input[3]]) != [1]:
            raise ValueError(f"{new.name}: lifted slices are along the channels only")
    elif kind in ("Split", "Concat"):
        if next(a.i for a in new.attribute if a.name == "axis") != 1:
            raise ValueError(f"{new.name}: lifted splits and joins are along the channels only")
    elif kind != "Reshape":
        raise ValueError(f"{new.name}: cannot lift {kind}")


def _lift_attributes(new: onnx.NodeProto) -> None:
    for attribute in new.attribute:
        if attribute.name in ("strides", "dilations", "kernel_shape"):
            attribute.ints[:] = [1, *attribute.ints]
        elif attribute.name == "output_padding":
            attribute.ints[:] = [0, *attribute.ints]
        elif attribute.name == "pads":
            attribute.ints[:] = [0, attribute.ints[0], 0, attribute.ints[1]]


def _constant(graph: Graph, name: str, value) -> str:
    graph.constants[name] = value if isinstance(value, np.ndarray) else np.array(value, dtype=np.int64)
    return name


def _ranks(graph: Graph) -> dict:
    """Tensor name -> number of dimensions, before lifting."""
    inferred = onnx.shape_inference.infer_shapes(graph.model("ranks"), strict_mode=True).graph
    ranks = {value.name: len(value.type.tensor_type.shape.dim) for value in [*inferred.value_info, *inferred.input, *inferred.output]}
    return ranks | {name: value.ndim for name, value in graph.constants.items()}
