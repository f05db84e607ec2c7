"""S3Gen as four graphs: flow encoder | one evaluation of the flow's velocity | pitch | vocoder. Noise is the caller's everywhere.

Between the graphs Troupe's C++ does what has no weights: the cosine schedule, guidance, Euler steps, the sines of the source.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from s3gen_int8 import measure, quantize_convolutions, quantize_products
from s3gen_modules import Estimator, FlowEncoder
from s3gen_vocoder import Pitch, Vocoder

# Tokens of prompt and speech together: 60 s. Beyond it the encoder's table of positions ends.
MOST_TOKENS, MOST_TOKENS_TINY = 1500, 256


def parts(model) -> dict[str, tuple[nn.Module, dict, dict]]:
    """name -> module, inputs (name -> example, shape), outputs (name -> shape); -1 is free."""
    flow, hift = model.s3gen.flow, model.s3gen.mel2wav
    rows, frames, tokens = 2, 24, 12
    mels = lambda: (torch.randn(rows, frames, 80), [-1, -1, 80])  # noqa: E731
    return {
        "encoder": (FlowEncoder(flow, MOST_TOKENS_TINY if model.config["tiny"] else MOST_TOKENS), {
            "tokens": (torch.arange(rows * tokens).reshape(rows, tokens), [-1, -1]), "mask": (torch.ones(rows, tokens), [-1, -1]),
            "x_vector": (torch.randn(rows, 192), [-1, 192])}, {"mu": [-1, -1, 80], "speaker": [-1, 80]}),
        "velocity": (Estimator(flow.decoder.estimator), {
            "x": mels(), "mu": mels(), "cond": mels(), "speaker": (torch.randn(rows, 80), [-1, 80]),
            "time": (torch.randn(rows, 320), [-1, 320]), "mask": (torch.ones(rows, frames), [-1, -1])}, {"velocity": [-1, -1, 80]}),
        "pitch": (Pitch(hift.f0_predictor), {"mel": mels()}, {"f0": [-1, -1]}),
        "vocoder": (Vocoder(hift), {"mel": mels(), "source": (torch.randn(rows, 480 * frames), [-1, -1])}, {"samples": [-1, -1]}),
    }


def export(model, out: Path, precision: str) -> dict:
    """Writes s3gen/*.onnx."""
    folder = out / "s3gen"
    folder.mkdir(parents=True, exist_ok=True)
    source = model.s3gen.mel2wav.m_source
    made = {"graphs": {}, "shapes": {}, "settings": {
        "s3gen.most_tokens": MOST_TOKENS_TINY if model.config["tiny"] else MOST_TOKENS,
        "s3gen.guidance": model.s3gen.flow.decoder.inference_cfg_rate,
        "s3gen.source_bias": float(source.l_linear.bias)}}
    for k, weight in enumerate(source.l_linear.weight.reshape(-1).tolist()):
        made["settings"][f"s3gen.source_weight_{k}"] = weight
    graphs = parts(model)
    if precision == "int8":
        products, convolutions = measure(model.s3gen, {name: module for name, (module, _, _) in graphs.items()}, seed=0)
    for name, (module, inputs, outputs) in graphs.items():
        path, key = folder / f"{name}.onnx", f"s3gen.{name}"
        free = {port: {i: f"{port}_{i}" for i, n in enumerate(shape) if n < 0}
                for port, shape in [*((p, s) for p, (_, s) in inputs.items()), *outputs.items()]}
        with torch.no_grad():
            torch.onnx.export(module.eval(), tuple(example for example, _ in inputs.values()), path, input_names=list(inputs),
                              output_names=list(outputs), opset_version=20, dynamo=False, dynamic_axes=free)
        graph = onnx.load(path)
        if precision == "int8" and name == "velocity":
            quantize_products(graph, products)
        if precision == "int8" and name == "vocoder":
            quantize_convolutions(graph, convolutions)
        # The pitch stays exact: it is small, and its rounding is heard.
        store(graph, "bf16" if precision != "f32" and name != "pitch" else "f32")
        shorten(graph)
        onnx.checker.check_model(graph)
        onnx.save(graph, path)
        made["graphs"][key] = f"s3gen/{name}.onnx"
        for port, shape in [*((p, s) for p, (_, s) in inputs.items()), *outputs.items()]:
            made["shapes"][f"{key}.{port}"] = shape
    return made


def store(model: onnx.ModelProto, precision: str) -> None:
    """Weights in fewer bytes, widened again by a Cast that runtimes fold: what float16 holds exactly always, bfloat16 where that is asked for."""
    kept, casts = [], []
    for weight in model.graph.initializer:
        value = numpy_helper.to_array(weight)
        if value.dtype != np.float32 or value.size < 256:
            kept.append(weight)
        elif np.array_equal(value.astype(np.float16).astype(np.float32), value):
            kept.append(numpy_helper.from_array(value.astype(np.float16), weight.name + "/half"))
        elif precision == "bf16":
            kept.append(_bfloat16(value, weight.name + "/half"))
        else:
            kept.append(weight)
        if kept[-1].name != weight.name:
            casts.append(helper.make_node("Cast", [kept[-1].name], [weight.name], name=weight.name + "/Cast", to=TensorProto.FLOAT))
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)


def shorten(model: onnx.ModelProto) -> None:
    """Numbers for the names that the export took from module paths: a third of a tiny graph's bytes.

    They sort after every port: OpenVINO calls an output that has several names after fusions by the first."""
    kept = {"": "", **{port.name: port.name for port in [*model.graph.input, *model.graph.output]}}
    short = lambda name: kept.setdefault(name, f"~{len(kept):x}")  # noqa: E731
    for weight in model.graph.initializer:
        weight.name = short(weight.name)
    for node in model.graph.node:
        node.ClearField("name")
        node.ClearField("doc_string")
        node.input[:], node.output[:] = [short(n) for n in node.input], [short(n) for n in node.output]


def _bfloat16(value: np.ndarray, name: str) -> onnx.TensorProto:
    bits = value.view(np.uint32)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)  # to nearest, ties to even
    return helper.make_tensor(name, TensorProto.BFLOAT16, value.shape, rounded.tobytes(), raw=True)


def expected(model, out: Path, seed: int) -> None:
    """s3gen.safetensors: a prompt, tokens, the noise, and what the reference makes of them."""
    from safetensors.numpy import save_file
    save_file({k: np.ascontiguousarray(v) for k, v in reference_speech(model, seed, prompt_tokens=20, tokens=14).items()}, out / "s3gen.safetensors")


def reference_speech(model, seed: int, prompt_tokens: int, tokens: int, steps: int = 10) -> dict[str, np.ndarray]:
    """The reference's flow and vocoder with the noise given: its random functions are replaced while it runs."""
    draw = torch.Generator().manual_seed(seed)
    prompt = torch.randint(0, 6561, (1, prompt_tokens), generator=draw)
    speech = torch.randint(0, 6561, (1, tokens), generator=draw)
    mel = torch.randn(1, 2 * prompt_tokens, 80, generator=draw) * 2 - 5
    x_vector = torch.randn(1, 192, generator=draw)
    noise = torch.randn(1, 80, 2 * (prompt_tokens + tokens), generator=draw)
    phases = (torch.rand(1, 9, 1, generator=draw) * 2 - 1) * torch.pi
    phases[:, 0] = 0  # as SineGen sets it
    source_noise = torch.randn(1, 9, 960 * tokens, generator=draw)
    with torch.no_grad(), given_noise(noise, phases, source_noise):
        out = model.s3gen.flow_inference(speech, ref_dict={
            "prompt_token": prompt, "prompt_token_len": torch.tensor([prompt_tokens]), "prompt_feat": mel, "prompt_feat_len": None,
            "embedding": x_vector}, n_cfm_timesteps=steps, finalize=True)
        wave, source = model.s3gen.mel2wav.inference(speech_feat=out)
    wave = wave.clone()
    wave[:, :len(model.s3gen.trim_fade)] *= model.s3gen.trim_fade
    weight = model.s3gen.mel2wav.m_source.l_linear.weight.reshape(1, 9, 1)
    # Nine noises that one layer mixes are one noise.
    mixed = (source_noise * weight).sum(1) / weight.norm()
    integers = {"prompt_tokens": prompt, "tokens": speech}
    floats = {"prompt_mel": mel[0], "x_vector": x_vector[0], "noise": noise[0].T, "phases": phases.reshape(-1), "source_noise": mixed[0],
              "mel": out[0].T, "source": source.reshape(-1), "wave": wave[0]}
    return {k: v[0].numpy() for k, v in integers.items()} | {k: v.numpy() for k, v in floats.items()}


class given_noise:
    """Context: torch.randn_like gives the flow's noise, then the source's; torch's Uniform gives the phases."""

    def __init__(self, noise: torch.Tensor, phases: torch.Tensor, source_noise: torch.Tensor):
        self.by_shape = {tuple(noise.shape): noise, tuple(source_noise.shape): source_noise}
        self.phases = phases

    def __enter__(self):
        from torch.distributions.uniform import Uniform
        self.kept = (torch.randn_like, Uniform.sample)
        # The reference also draws a noise that it throws away, of another shape.
        torch.randn_like = lambda like, **_: self.by_shape.get(tuple(like.shape), torch.zeros_like(like))
        Uniform.sample = lambda _, sample_shape: self.phases.clone()

    def __exit__(self, *_):
        from torch.distributions.uniform import Uniform
        torch.randn_like, Uniform.sample = self.kept
