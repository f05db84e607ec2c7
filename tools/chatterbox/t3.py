"""T3, the language model of Chatterbox: embedding tables, conditioning encoder and language model, written for OpenVINO.

The language model is made operation by operation from the weights, so that its attention has the one form which OpenVINO turns into paged
attention (docs/adr/0003-paged-attention.md): keys and values live in blocks, rows of any length join and leave at every step.

  t3/language_model.xml  inputs_embeds [tokens, hidden], rows [n] -> logits [n, speech vocabulary] of the chosen tokens, and a KV state
  t3/conditioning.xml    speaker [B,256], prompt [B,P,hidden] (embedded), exaggeration [B,1] -> conditioning [B, 2 + latents, hidden]
  t3/embeddings.safetensors  text, text_positions, speech, speech_positions [rows, hidden]
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openvino as ov
import torch
from openvino import opset13 as op
from openvino import opset6
from safetensors.numpy import save_file

F32, I64 = np.float32, np.int64


def export(model, out: Path, precision: str) -> dict:
    t3 = model.t3
    folder = out / "t3"
    folder.mkdir(parents=True, exist_ok=True)
    # Random tiny weights are exact in f16: half the bytes in git, not a bit lost.
    stored = "f16" if model.config["tiny"] and precision == "f32" else precision
    save_file({"text": _array(t3.text_emb.weight), "text_positions": _array(t3.text_pos_emb.emb.weight),
               "speech": _array(t3.speech_emb.weight), "speech_positions": _array(t3.speech_pos_emb.emb.weight)},
              folder / "embeddings.safetensors")
    ov.save_model(_conditioning(t3), folder / "conditioning.xml", compress_to_fp16=model.config["tiny"])
    ov.save_model(_language_model(t3, stored), folder / "language_model.xml", compress_to_fp16=False)
    hp, cfg = t3.hp, t3.cfg
    return {
        "graphs": {"t3.language_model": "t3/language_model.xml", "t3.conditioning": "t3/conditioning.xml",
                   "t3.embeddings": "t3/embeddings.safetensors"},
        "shapes": {"t3.logits": [-1, hp.speech_tokens_dict_size]},
        "settings": {"t3.layers": cfg.num_hidden_layers, "t3.heads": cfg.num_attention_heads, "t3.hidden": cfg.hidden_size,
                     "t3.start_text": hp.start_text_token, "t3.stop_text": hp.stop_text_token,
                     "t3.start_speech": hp.start_speech_token, "t3.stop_speech": hp.stop_speech_token,
                     "t3.prompt_tokens": hp.speech_cond_prompt_len},
    }


class Weights:
    """Matrices as constants of the stored precision, widened in the graph; the runtime keeps the narrow form."""

    def __init__(self, precision: str):
        self.precision = precision

    def matrix(self, weight: np.ndarray):
        if self.precision == "f32":
            return op.constant(weight)
        if self.precision == "int8":  # symmetric, one scale an output channel
            scale = np.abs(weight).max(axis=1, keepdims=True) / F32(127)
            scale[scale == 0] = 1
            codes = np.clip(np.round(weight / scale), -127, 127).astype(np.int8)
            return op.multiply(op.convert(op.constant(codes), "f32"), op.constant(scale.astype(F32)))
        narrow = op.convert(op.constant(weight.astype(np.float16)) if self.precision == "f16" else _bfloat16(weight), "f32")
        narrow.get_rt_info()["decompression"] = ""
        return narrow

    def linear(self, x, weight: torch.Tensor):
        return op.matmul(x, self.matrix(_array(weight)), False, True)


def _language_model(t3, precision: str) -> ov.Model:
    cfg, llama, weights = t3.cfg, t3.tfmr, Weights(precision)
    heads, size = cfg.num_attention_heads, cfg.head_dim
    embeds = _parameter("inputs_embeds", F32, -1, -1, cfg.hidden_size)
    mask = _parameter("attention_mask", I64, -1, -1)
    positions = _parameter("position_ids", I64, -1, -1)
    order = _parameter("beam_idx", np.int32, -1)
    rows = _parameter("rows", I64, -1)

    # RoPE of Llama 3 (rope_type llama3): the frequencies come from the reference itself, its attention scaling is 1.
    angle = op.multiply(op.unsqueeze(op.convert(positions, "f32"), _ints(-1)), op.constant(_array(llama.rotary_emb.inv_freq).reshape(1, 1, -1)))
    angle = op.concat([angle, angle], -1)
    cos, sin = (op.unsqueeze(f(angle), _ints(1)) for f in (op.cos, op.sin))

    def split_heads(x):
        return op.transpose(op.reshape(x, _ints([0, 0, heads, size]), True), _ints([0, 2, 1, 3]))

    def rotate(x):
        low, high = op.split(x, _ints(-1), 2).outputs()
        return op.add(op.multiply(x, cos), op.multiply(op.concat([op.multiply(high, _float(-1)), low], -1), sin))

    # Everything above the diagonal is hidden by the paged form itself; only that form is ever run.
    allowed = op.unsqueeze(op.unsqueeze(op.convert(mask, "f32"), _ints(1)), _ints(1))
    penalty = op.multiply(op.subtract(allowed, _float(1)), _float(1e9))
    batch = op.gather(op.shape_of(embeds), _ints([0]), _ints(0))
    empty = op.broadcast(_float(0), op.concat([batch, _ints([heads, 0, size])], 0))

    x, assigns = embeds, []
    for index, layer in enumerate(llama.layers):
        attention, mlp = layer.self_attn, layer.mlp
        y = _rms_norm(x, layer.input_layernorm)
        query = rotate(split_heads(weights.linear(y, attention.q_proj.weight)))
        key = rotate(split_heads(weights.linear(y, attention.k_proj.weight)))
        value = split_heads(weights.linear(y, attention.v_proj.weight))
        kept = []
        for name, new in (("key", key), ("value", value)):
            state = opset6.read_value(empty, f"past.{index}.{name}", ov.Type.f32, ov.PartialShape([-1, heads, -1, size]))
            whole = op.concat([op.gather(state, order, _ints(0)), new], 2)
            assigns.append(opset6.assign(whole, f"past.{index}.{name}"))
            kept.append(whole)
        y = op.scaled_dot_product_attention(query, *kept, penalty, causal=False)
        y = op.reshape(op.transpose(y, _ints([0, 2, 1, 3])), _ints([0, 0, heads * size]), True)
        x = op.add(x, weights.linear(y, attention.o_proj.weight))
        y = _rms_norm(x, layer.post_attention_layernorm)
        y = op.multiply(op.swish(weights.linear(y, mlp.gate_proj.weight)), weights.linear(y, mlp.up_proj.weight))
        x = op.add(x, weights.linear(y, mlp.down_proj.weight))
    # The head is an eighth of the work of a prompt's positions, and only the last of them is asked for.
    last = op.gather(op.reshape(x, _ints([-1, cfg.hidden_size]), False), rows, _ints(0))
    logits = op.result(weights.linear(_rms_norm(last, llama.norm), t3.speech_head.weight))
    logits.output(0).set_names({"logits"})
    return ov.Model([logits], assigns, [embeds, mask, positions, order, rows], "t3_language_model")


def _conditioning(t3) -> ov.Model:
    """T3CondEnc: speaker projection, perceiver over the embedded prompt, emotion. In f32 whatever the precision: it runs once a voice."""
    encoder, weights = t3.cond_enc, Weights("f32")
    hidden = t3.cfg.hidden_size
    speaker = _parameter("speaker", F32, -1, t3.hp.speaker_embed_size)
    prompt = _parameter("prompt", F32, -1, -1, hidden)
    exaggeration = _parameter("exaggeration", F32, -1, 1)
    block = encoder.perceiver.attn
    heads = block.num_heads

    def project(x, linear):
        return op.add(weights.linear(x, linear.weight), op.constant(_array(linear.bias)))

    def split_heads(x):
        return op.transpose(op.reshape(x, _ints([0, 0, heads, hidden // heads]), True), _ints([0, 2, 1, 3]))

    def attend(to, source):
        query, other = _layer_norm(to, block.norm), _layer_norm(source, block.norm)
        y = op.scaled_dot_product_attention(*(split_heads(project(x, linear)) for x, linear in (
            (query, block.to_q), (other, block.to_k), (other, block.to_v))), causal=False)
        y = op.reshape(op.transpose(y, _ints([0, 2, 1, 3])), _ints([0, 0, hidden]), True)
        return op.add(to, project(y, block.proj_out))

    queries = _array(encoder.perceiver.pre_attention_query)
    batch = op.gather(op.shape_of(speaker), _ints([0]), _ints(0))
    latents = attend(op.broadcast(op.constant(queries), op.concat([batch, _ints(list(queries.shape[1:]))], 0)), prompt)
    latents = attend(latents, latents)
    person = op.unsqueeze(project(speaker, encoder.spkr_enc), _ints(1))
    emotion = op.unsqueeze(weights.linear(exaggeration, encoder.emotion_adv_fc.weight), _ints(1))
    result = op.result(op.concat([person, latents, emotion], 1))
    result.output(0).set_names({"conditioning"})
    return ov.Model([result], [speaker, prompt, exaggeration], "t3_conditioning")


def _rms_norm(x, module):
    mean = op.reduce_mean(op.multiply(x, x), _ints([-1]), True)
    scaled = op.multiply(x, op.divide(_float(1), op.sqrt(op.add(mean, _float(module.variance_epsilon)))))
    return op.multiply(scaled, op.constant(_array(module.weight)))


def _layer_norm(x, module):
    y = op.mvn(x, _ints([-1]), True, module.eps, "inside_sqrt")
    return op.add(op.multiply(y, op.constant(_array(module.weight))), op.constant(_array(module.bias)))


def _parameter(name: str, kind, *shape: int):
    parameter = op.parameter(list(shape), kind)
    parameter.set_friendly_name(name)  # the paged transformation looks for this one, callers for the tensor's
    parameter.output(0).set_names({name})
    return parameter


def _bfloat16(weight: np.ndarray):
    bits = weight.view(np.uint32)
    rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)  # to nearest, ties to even
    tensor = ov.Tensor(ov.Type.bf16, ov.Shape(weight.shape))
    tensor.data.view(np.uint16)[...] = rounded
    return ov.op.Constant(tensor)


def _array(tensor: torch.Tensor) -> np.ndarray:
    return np.ascontiguousarray(tensor.detach().float().numpy())


def _ints(values):
    return op.constant(np.array(values, I64))


def _float(value: float):
    return op.constant(np.array(value, F32))


STEPS = 50
SHOWN = 64  # logits kept of each step, evenly spread; the first and last step are kept whole


def expected(model, out: Path, seed: int) -> None:
    """t3.safetensors: one turn through the reference's own loop (its KV cache, greedy), with and without guidance."""
    numbers = torch.Generator().manual_seed(seed)
    t3 = model.t3
    hp, width = t3.hp, t3.hp.speech_tokens_dict_size
    text = torch.randint(1, 255, (24,), generator=numbers)
    prompt = torch.randint(0, 6561, (40,), generator=numbers)
    speaker = torch.nn.functional.normalize(torch.randn(1, 256, generator=numbers).abs())
    tensors = {"text": text.numpy(), "prompt": prompt.numpy(), "speaker": speaker.numpy()[0],
               "shown": np.linspace(0, width - 1, SHOWN).astype(I64)}
    for name, cfg_weight, exaggeration in (("plain", 0.0, 0.5), ("guided", 0.5, 0.8)):
        conditioning, logits = greedy(t3, text, prompt, speaker, exaggeration, cfg_weight, STEPS)
        tensors |= {f"{name}.tokens": logits.argmax(-1).numpy(), f"{name}.logits": logits[:, tensors["shown"]].contiguous().numpy(),
                    f"{name}.first": logits[0].numpy(), f"{name}.last": logits[-1].numpy(), f"{name}.conditioning": conditioning.numpy()}
    save_file({key: np.ascontiguousarray(value) for key, value in tensors.items()}, out / "t3.safetensors",
              metadata={"stop_speech": str(hp.stop_speech_token)})


@torch.inference_mode()
def greedy(t3, text, prompt, speaker, exaggeration: float, cfg_weight: float, steps: int):
    """T3.inference of the reference without sampling, penalties and the analyser: the loop of its lines with the same calls.

    Returns the conditioning [34, hidden] and the guided logits [steps, vocabulary]; a stop does not stop it."""
    from chatterbox.models.t3.modules.cond_enc import T3Cond
    hp = t3.hp
    condition = T3Cond(speaker_emb=speaker, cond_prompt_speech_tokens=prompt[None], emotion_adv=exaggeration * torch.ones(1, 1, 1))
    ids = torch.cat([torch.tensor([hp.start_text_token]), text, torch.tensor([hp.stop_text_token])])[None].repeat(2, 1)
    start = torch.full((2, 1), hp.start_speech_token)
    # cfg_weight 0 still makes two rows there; the second then holds the text as well and counts for nothing.
    embeds, length = t3.prepare_input_embeds(t3_cond=condition, text_tokens=ids, speech_tokens=start, cfg_weight=cfg_weight)
    first = t3.speech_emb(start) + t3.speech_pos_emb.get_fixed_embedding(0)
    embeds, past, logits = torch.cat([embeds, first], 1), None, []
    conditioning = embeds[0, :length].clone()
    for step in range(steps):
        result = t3.tfmr(inputs_embeds=embeds, past_key_values=past, use_cache=True, return_dict=True)
        past = result.past_key_values
        row = t3.speech_head(result.last_hidden_state[:, -1])
        logits.append(row[0] + cfg_weight * (row[0] - row[1]))
        token = logits[-1].argmax().expand(2, 1)
        embeds = t3.speech_emb(token) + t3.speech_pos_emb.get_fixed_embedding(step + 1)
    return conditioning, torch.stack(logits)
