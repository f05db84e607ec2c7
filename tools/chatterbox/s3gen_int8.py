"""The estimator's products in int8: weights with a scale per output, activations with one per layer, measured on the flow itself.

What runtimes read as such (QuantizeLinear / DequantizeLinear). Attention, normalisations and residual sums stay as they are.
"""

from __future__ import annotations

import numpy as np
import onnx
import torch
from onnx import helper, numpy_helper
from torch import nn

# Of a layer's input magnitudes, the share that is not clipped.
SHARE = 0.9999


def measure(estimator: nn.Module, encoder: nn.Module, seed: int, steps: int = 10, tokens: int = 100) -> list[float]:
    """Largest input magnitude of each Linear in order of use, over a whole flow of both rows on random tokens."""
    largest: list[float] = []
    calls = [0]

    def note(_, inputs):
        values = inputs[0].abs().flatten()
        index, calls[0] = calls[0], calls[0] + 1
        top = float(values.kthvalue(max(1, int(SHARE * values.numel()))).values)
        if index == len(largest):
            largest.append(top)
        largest[index] = max(largest[index], top)

    hooks = [module.register_forward_pre_hook(note) for module in estimator.modules() if isinstance(module, nn.Linear)]
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        mu, speaker = encoder(torch.randint(0, 6561, (1, tokens), generator=draw), torch.ones(1, tokens), torch.randn(1, 192, generator=draw))
        cond = torch.zeros_like(mu)
        cond[:, :tokens] = torch.randn(1, tokens, 80, generator=draw) * 2 - 5  # a prompt's log mel
        x, mask = torch.randn(mu.shape, generator=draw), torch.ones(1, mu.shape[1])
        times = 1 - torch.cos(torch.linspace(0, 1, steps + 1) * 0.5 * torch.pi)
        for t, after in zip(times[:-1], times[1:]):
            angle = 1000 * t * torch.exp(-torch.arange(160) * (np.log(10000) / 159))
            time = torch.cat([angle.sin(), angle.cos()])[None].float()
            rows = []
            for given in (1.0, 0.0):
                calls[0] = 0
                rows.append(estimator(x, given * mu, given * cond, given * speaker, time, mask))
            x = x + (after - t) * (1.7 * rows[0] - 0.7 * rows[1])
    for hook in hooks:
        hook.remove()
    return largest


def quantize(model: onnx.ModelProto, largest: list[float]) -> None:
    """Products of [B, T, C] with a weight become int8; `largest` in the order of all products with weights, those of the time included."""
    weights = {weight.name: weight for weight in model.graph.initializer}
    products = [node for node in model.graph.node if node.op_type in ("MatMul", "Gemm") and node.input[1] in weights]
    if len(products) != len(largest):
        raise ValueError(f"{len(products)} products with weights in the graph, {len(largest)} measured")
    made, nodes, scales = [], [], {}
    ranges = {id(node): largest[k] for k, node in enumerate(products)}
    for node in model.graph.node:
        if node.op_type != "MatMul" or id(node) not in ranges:
            nodes.append(node)
            continue
        source, weight = node.input[0], node.input[1]
        if source not in scales:  # query, key and value read the same
            scales[source] = f"{source}/rounded"
            _constants(made, source, np.float32(ranges[id(node)] / 127), np.int8(0))
            nodes += [helper.make_node("QuantizeLinear", [source, f"{source}/scale", f"{source}/zero"], [f"{source}/int8"]),
                      helper.make_node("DequantizeLinear", [f"{source}/int8", f"{source}/scale", f"{source}/zero"], [scales[source]])]
        value = numpy_helper.to_array(weights.pop(weight))
        scale = np.maximum(np.abs(value).max(0), 1e-12) / 127
        _constants(made, weight, scale.astype(np.float32), np.zeros(len(scale), np.int8))
        made.append(numpy_helper.from_array(np.clip(np.round(value / scale), -127, 127).astype(np.int8), f"{weight}/int8"))
        nodes.append(helper.make_node("DequantizeLinear", [f"{weight}/int8", f"{weight}/scale", f"{weight}/zero"], [f"{weight}/rounded"], axis=1))
        product = onnx.NodeProto()
        product.CopyFrom(node)
        product.input[:] = [scales[source], f"{weight}/rounded"]
        nodes.append(product)
    made += weights.values()
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(made)
    model.graph.node.extend(nodes)


def _constants(made: list, name: str, scale: np.ndarray, zero: np.ndarray) -> None:
    made += [numpy_helper.from_array(np.asarray(scale), f"{name}/scale"), numpy_helper.from_array(np.asarray(zero), f"{name}/zero")]
