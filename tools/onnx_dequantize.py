"""Turns a dynamically quantised (int8) ONNX graph into the float32 graph that it approximates.

ONNX Runtime's dynamic quantisation stores a weight as w_q with scale s and zero point z, and computes
DynamicQuantizeLinear(x) -> MatMulInteger/ConvInteger -> Cast -> Mul(scale of x * s). The float weight is (w_q - z) * s, and
the float operator needs none of the nodes around it. See the ONNX operator specification (MatMulInteger, ConvInteger,
DynamicQuantizeLinear) and ONNX Runtime's contributed operators (DynamicQuantizeLSTM, FastGelu, SkipLayerNormalization).
"""

from __future__ import annotations

import numpy as np

from onnx_graph import Graph, node


def dequantize(graph: Graph) -> None:
    """Rewrites every quantised operator of `graph` in place to its standard float32 operator."""
    _dequantize_products(graph)
    _dequantize_lstms(graph)
    _standardise_contributed(graph)


def _dequantize_products(graph: Graph) -> None:
    producers, consumers, constants = graph.producers(), graph.consumers(), graph.constants
    replaced, dropped = {}, set()
    for product in graph.nodes:
        if product.op_type not in ("MatMulInteger", "ConvInteger"):
            continue
        activation, weight, _, zero_point = product.input
        source = producers[activation].input[0]
        result, bias = product.output[0], []
        if consumers[result][0].op_type == "Add":  # an int32 bias: find the float one that it was made from
            add = consumers[result][0]
            bias = [_float_bias(graph, producers, next(i for i in add.input if i != result))]
            dropped.add(id(add))
            result = add.output[0]
        (cast,) = consumers[result]
        (scale,) = consumers[cast.output[0]]
        scales = producers[next(i for i in scale.input if i != cast.output[0])]
        weight_scale = constants[next(i for i in scales.input if i in constants)]
        name = weight + "/float"
        constants[name] = _float_weight(constants[weight], constants[zero_point], weight_scale,
                                        per_row=product.op_type == "ConvInteger")
        float_op = node("MatMul" if product.op_type == "MatMulInteger" else "Conv", [source, name, *bias], [scale.output[0]])
        float_op.attribute.extend(product.attribute)
        replaced[id(product)] = [float_op]
        dropped |= {id(cast), id(scale)}
    graph.replace(replaced, dropped)


def _float_bias(graph: Graph, producers: dict, name: str) -> str:
    while name not in graph.constants:
        name = producers[name].input[0]
    return name


def _float_weight(weight: np.ndarray, zero_point: np.ndarray, scale: np.ndarray, per_row: bool) -> np.ndarray:
    if per_row and zero_point.ndim == 1:
        shape = (-1,) + (1,) * (weight.ndim - 1)
        zero_point, scale = zero_point.reshape(shape), scale.reshape(shape)
    return ((weight.astype(np.float32) - zero_point.astype(np.float32)) * scale.astype(np.float32)).astype(np.float32)


def _dequantize_lstms(graph: Graph) -> None:
    replaced = {}
    for lstm in graph.nodes:
        if lstm.op_type != "DynamicQuantizeLSTM":
            continue
        inputs = list(lstm.input)  # X W R B lengths h0 c0 P, then scale and zero point of W and of R
        for index, scale, zero_point in ((1, 8, 9), (2, 10, 11)):
            weight = graph.constants[inputs[index]]  # [directions, input, 4 * hidden]; the standard has the last two swapped
            shape = lambda name: graph.constants[name].reshape(weight.shape[0], 1, -1)
            value = _float_weight(weight, shape(inputs[zero_point]), shape(inputs[scale]), per_row=False)
            inputs[index] += "/float"
            graph.constants[inputs[index]] = np.ascontiguousarray(value.transpose(0, 2, 1))
        standard = node("LSTM", inputs[:8], list(lstm.output))
        standard.attribute.extend(a for a in lstm.attribute if a.name in ("direction", "hidden_size"))
        replaced[id(lstm)] = [standard]
    graph.replace(replaced)


def _standardise_contributed(graph: Graph) -> None:
    """FastGelu to Gelu (tanh), SkipLayerNormalization to Add + LayerNormalization, FusedMatMul to Transpose + MatMul."""
    replaced = {}
    for old in graph.nodes:
        out = old.output[0]
        if old.op_type == "FastGelu":
            biased = out + "/biased"
            replaced[id(old)] = [node("Add", list(old.input), [biased]), node("Gelu", [biased], [out], approximate="tanh")]
        elif old.op_type == "SkipLayerNormalization":
            x, skip, scale, shift = old.input
            epsilon = next(a.f for a in old.attribute if a.name == "epsilon")
            replaced[id(old)] = [node("Add", [x, skip], [out + "/sum"]),
                                 node("LayerNormalization", [out + "/sum", scale, shift], [out], axis=-1, epsilon=epsilon)]
        elif old.op_type == "FusedMatMul":
            flags = {a.name: a.f if a.name == "alpha" else a.i for a in old.attribute}
            if flags != {"transA": 1, "transB": 0, "transBatchA": 0, "transBatchB": 0, "alpha": 1.0}:
                raise ValueError(f"{old.name}: unexpected attributes {flags}")
            swapped = out + "/swapped"
            replaced[id(old)] = [node("Transpose", [old.input[0]], [swapped], perm=[0, 2, 1]),
                                 node("MatMul", [swapped, old.input[1]], [out])]
    graph.replace(replaced)
