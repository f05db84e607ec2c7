"""S3Gen's products and convolutions in int8: weights with a scale per output, activations with one per layer, measured on the model itself.

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


class Watch:
    """Context: `largest` input magnitude per layer of `kind`, by name, in order of first use."""

    def __init__(self, module: nn.Module, kind: type):
        self.largest: dict[str, float] = {}
        self.layers = [(name, layer) for name, layer in module.named_modules() if isinstance(layer, kind)]

    def __enter__(self) -> Watch:
        self.hooks = [layer.register_forward_pre_hook(lambda _, inputs, name=name: self._note(name, inputs[0])) for name, layer in self.layers]
        return self

    def _note(self, name: str, value: torch.Tensor) -> None:
        sizes = value.abs().flatten()
        top = float(sizes.kthvalue(max(1, int(SHARE * sizes.numel()))).values)
        self.largest[name] = max(self.largest.get(name, 0.0), top)

    def __exit__(self, *_) -> None:
        for hook in self.hooks:
            hook.remove()


def measure(s3gen: nn.Module, parts: dict[str, nn.Module], seed: int, steps: int = 10, tokens: int = 100) -> tuple[dict, dict]:
    """Ranges of the velocity's products and of the vocoder's convolutions, over one rendering of random tokens behind a random prompt."""
    draw = torch.Generator().manual_seed(seed)
    half = tokens // 2
    with torch.no_grad(), Watch(parts["velocity"], nn.Linear) as products, Watch(parts["vocoder"], nn.Conv2d) as convolutions:
        mu, speaker = parts["encoder"](torch.randint(0, 6561, (1, tokens), generator=draw), torch.ones(1, tokens), torch.randn(1, 192, generator=draw))
        cond = torch.zeros_like(mu)
        cond[:, :2 * half] = torch.randn(1, 2 * half, 80, generator=draw) * 2 - 5  # log mel
        x, mask = torch.randn(mu.shape, generator=draw), torch.ones(1, mu.shape[1])
        times = 1 - torch.cos(torch.linspace(0, 1, steps + 1) * 0.5 * torch.pi)
        guidance = s3gen.flow.decoder.inference_cfg_rate
        for t, after in zip(times[:-1], times[1:]):
            time = s3gen.flow.decoder.estimator.time_embeddings(t[None])
            given, none = (parts["velocity"](x, k * mu, k * cond, k * speaker, time, mask) for k in (1.0, 0.0))
            x = x + (after - t) * ((1 + guidance) * given - guidance * none)
        mel = x[:, 2 * half:]
        _, source = s3gen.mel2wav.inference(speech_feat=mel.transpose(1, 2))
        parts["vocoder"](mel, source[:, 0])
    return products.largest, convolutions.largest


def quantize_products(model: onnx.ModelProto, largest: dict[str, float]) -> None:
    """Products of [B, T, C] with a weight; `largest` of all with weights in the graph's order, those of the time included, which stay."""
    weights = {weight.name for weight in model.graph.initializer}
    products = [node for node in model.graph.node if node.op_type in ("MatMul", "Gemm") and node.input[1] in weights]
    if len(products) != len(largest):
        raise ValueError(f"{len(products)} products with weights in the graph, {len(largest)} measured")
    _quantize(model, {node.input[1]: top for node, top in zip(products, largest.values()) if node.op_type == "MatMul"}, axis=1)


def quantize_convolutions(model: onnx.ModelProto, largest: dict[str, float]) -> None:
    """Those of the residual blocks: nearly all the work. What leads to the spectrum stays exact."""
    _quantize(model, {f"{name}.weight": top for name, top in largest.items() if "blocks" in name}, axis=0)


def _quantize(model: onnx.ModelProto, ranges: dict[str, float], axis: int) -> None:
    """Layers by the name of their weight; `axis` of the weight is its outputs."""
    weights = {weight.name: weight for weight in model.graph.initializer}
    made, nodes, rounded = [], [], set()
    for node in model.graph.node:
        if len(node.input) < 2 or node.input[1] not in ranges:
            nodes.append(node)
            continue
        source, weight = node.input[0], node.input[1]
        if source not in rounded:  # query, key and value read the same
            rounded.add(source)
            nodes += _there_and_back(made, source, np.float32(ranges[weight] / 127), np.int8(0))
        value = np.moveaxis(numpy_helper.to_array(weights.pop(weight)), axis, -1)
        scale = np.maximum(np.abs(value).reshape(-1, value.shape[-1]).max(0), 1e-12).astype(np.float32) / 127
        whole = np.moveaxis(np.clip(np.round(value / scale), -127, 127).astype(np.int8), -1, axis)
        made.append(numpy_helper.from_array(np.ascontiguousarray(whole), f"{weight}/int8"))
        nodes.append(_there_and_back(made, weight, scale, np.zeros(len(scale), np.int8), axis=axis)[1])
        layer = onnx.NodeProto()
        layer.CopyFrom(node)
        layer.input[:2] = [f"{source}/rounded", f"{weight}/rounded"]
        nodes.append(layer)
    made += weights.values()
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(made)
    model.graph.node.extend(nodes)


def _there_and_back(made: list, name: str, scale: np.ndarray, zero: np.ndarray, **axis: int) -> list[onnx.NodeProto]:
    made += [numpy_helper.from_array(np.asarray(scale), f"{name}/scale"), numpy_helper.from_array(np.asarray(zero), f"{name}/zero")]
    steps = [f"{name}/scale", f"{name}/zero"]
    return [helper.make_node("QuantizeLinear", [name, *steps], [f"{name}/int8"], **axis),
            helper.make_node("DequantizeLinear", [f"{name}/int8", *steps], [f"{name}/rounded"], **axis)]
