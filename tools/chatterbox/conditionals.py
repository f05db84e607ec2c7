"""What Chatterbox derives from a person's audio, as graphs: voice encoder, speech tokenizer (S3 v2), x-vector (CAMPPlus).

The front ends (resampling, mel, fbank, trimming) are Troupe's own C++; docs/formats/chatterbox_model.md gives their definitions.
Every graph takes a batch of equal lengths. Unlike the published ONNX exports the voice encoder is there, and the x-vector ends in
its trained batch normalisation.
"""

from __future__ import annotations

import copy
import wave
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


class VoiceEncoderGraph(nn.Module):
    """mel [B, 160, 40] power -> [B, 256], L2 norm 1 (GE2E, Wan et al. 2018)."""

    def __init__(self, ve: nn.Module):
        super().__init__()
        self.ve = ve

    def forward(self, mel):
        _, (hidden, _) = self.ve.lstm(mel)
        raw = F.relu(self.ve.proj(hidden[-1]))
        return raw / torch.sqrt(raw.pow(2).sum(1, keepdim=True) + 1e-20)


class SpeechTokensGraph(nn.Module):
    """log mel [B, 128, T] -> codes [B, T / 4] in 0 .. 6560 (CosyVoice 2's tokenizer, Du et al. 2024, arXiv:2412.10117).

    The reference's padding masks are left out: all rows of a batch have one length."""

    def __init__(self, tokenizer: nn.Module):
        super().__init__()
        self.encoder, self.project = tokenizer.encoder, tokenizer.quantizer._codebook.project_down
        width = self.encoder.freqs_cis.shape[1]  # the reference's table of 2,048 positions, made where it is used
        turns = 1.0 / 10000.0 ** (torch.arange(0, width, 2).float()[: width // 2] / width)
        self.register_buffer("turns", torch.cat((turns, turns)))
        self.register_buffer("powers", 3.0 ** torch.arange(8))

    def attention(self, attn: nn.Module, x, cosine, sine):
        batch, time, width = x.shape
        split = lambda y: y.view(batch, time, attn.n_head, width // attn.n_head)  # noqa: E731
        q, k, v = split(attn.query(x)), split(attn.key(x)), split(attn.value(x))
        half = width // attn.n_head // 2
        turn = lambda y: torch.cat((-y[..., half:], y[..., :half]), dim=-1)  # noqa: E731
        q, k = q * cosine + turn(q) * sine, k * cosine + turn(k) * sine
        flat = v.reshape(batch, time, width)
        memory = attn.fsmn_block(F.pad(flat.transpose(1, 2), (attn.left_padding, attn.right_padding))).transpose(1, 2) + flat
        weights = torch.softmax(q.transpose(1, 2) @ k.permute(0, 2, 3, 1) * (width // attn.n_head) ** -0.5, dim=-1)
        return attn.out((weights @ v.transpose(1, 2)).transpose(1, 2).reshape(batch, time, width)) + memory

    def hidden(self, log_mel):
        x = F.gelu(self.encoder.conv2(F.gelu(self.encoder.conv1(log_mel)))).transpose(1, 2)
        angles = (torch.arange(x.shape[1])[:, None].float() * self.turns)[None, :, None]
        cosine, sine = torch.cos(angles), torch.sin(angles)
        for block in self.encoder.blocks:
            x = x + self.attention(block.attn, block.attn_ln(x), cosine, sine)
            x = x + block.mlp(block.mlp_ln(x))
        return torch.tanh(self.project(x)) * 0.9990000128746033

    def forward(self, log_mel):
        return ((self.hidden(log_mel).round() + 1) * self.powers).sum(-1).to(torch.int64)


class XVectorGraph(nn.Module):
    """fbank [B, T, 80], mean over time removed -> [B, 192] (CAM++, Wang et al. 2023, arXiv:2303.00332)."""

    SEGMENT = 100  # frames

    def __init__(self, campplus: nn.Module):
        super().__init__()
        campplus = copy.deepcopy(campplus)  # what follows changes its layers
        self.head, self.layers = campplus.head, campplus.xvector
        for module in campplus.modules():
            if hasattr(module, "seg_pooling"):
                module.seg_pooling = self.segment_means

    def segment_means(self, x):
        """Each frame gets the mean over its segment; the last one is shorter. In place of avg_pool1d with ceil_mode: runtimes differ in
        what they divide the last one by, and 52 layers share these two matrices."""
        return x @ self.averages @ self.membership

    def forward(self, fbank):
        x = self.layers.tdnn(self.head(fbank.permute(0, 2, 1)))
        segments = torch.arange(x.shape[-1]) // self.SEGMENT
        self.membership = (segments[None] == torch.arange((x.shape[-1] + self.SEGMENT - 1) // self.SEGMENT)[:, None]).float()
        self.averages = (self.membership / self.membership.sum(1, keepdim=True)).T
        for name, layer in self.layers.named_children():
            x = layer(x) if name != "tdnn" else x
        return x


def graphs(model) -> dict[str, tuple[nn.Module, torch.Tensor, list, list]]:
    """name -> module, example, input shape, output shape (-1 free)."""
    return {
        "voice_encoder": (VoiceEncoderGraph(model.ve), torch.rand(2, 160, 40), [-1, 160, 40], [-1, 256]),
        "speech_tokens": (SpeechTokensGraph(model.s3gen.tokenizer), torch.randn(1, 128, 40), [-1, 128, -1], [-1, -1]),
        "x_vector": (XVectorGraph(model.s3gen.speaker_encoder), torch.randn(1, 230, 80), [-1, -1, 80], [-1, 192]),
    }


LETTERS_A_SECOND = 14  # of speech in any language, roughly; a second has 25 codes
NAMES = {"voice_encoder": ("mel", "embedding"), "speech_tokens": ("log_mel", "tokens"), "x_vector": ("fbank", "x_vector")}


def export(model, out: Path, precision: str) -> dict:
    """Writes conditionals/*.onnx. Always float32: they run once per voice, and a token next to a rounding edge would change."""
    folder = out / "conditionals"
    folder.mkdir(parents=True, exist_ok=True)
    made = {"graphs": {}, "shapes": {}, "settings": {
        "conditionals.voice_frames": 160, "conditionals.voice_step": 77, "conditionals.t3_prompt_tokens": model.t3.hp.speech_cond_prompt_len,
        "conditionals.prompt_seconds": 10}}
    for name, (module, example, into, outof) in graphs(model).items():
        source, result = NAMES[name]
        path = folder / f"{name}.onnx"
        with torch.inference_mode():
            torch.onnx.export(
                module.eval(), (example,), path, input_names=[source], output_names=[result], opset_version=17, dynamo=False,
                dynamic_axes={source: {i: f"i{i}" for i, n in enumerate(into) if n < 0}, result: {i: f"o{i}" for i, n in enumerate(outof) if n < 0}})
        shorten_names(path, {source, result})
        key = f"conditionals.{name}"
        made["graphs"][key] = f"conditionals/{name}.onnx"
        made["shapes"][f"{key}.{source}"], made["shapes"][f"{key}.{result}"] = into, outof
    if model.config["seed"] is not None:
        made["settings"]["random.codes_per_character"] = round(25 / LETTERS_A_SECOND, 3)  # random weights know no end of speech
    if model.config["tiny"]:
        made["settings"]["text.most_characters"] = 80  # its tables of positions are short
    write_presets(model, out / "presets")
    return made


def shorten_names(path: Path, kept: set[str]) -> None:
    """The exporter's names of values are paths of modules, half of a small graph's bytes."""
    import onnx
    model = onnx.load(path)
    short = {name: name for name in kept | {""}}
    for node in model.graph.node:
        node.name = ""
        for field in (node.input, node.output):
            for i, value in enumerate(field):
                field[i] = short.setdefault(value, f"v{len(short)}")
    for weight in model.graph.initializer:
        weight.name = short.setdefault(weight.name, f"v{len(short)}")
    del model.graph.value_info[:]
    onnx.save(model, path)


def write_presets(model, folder: Path) -> None:
    """Stock voices, for people without a usable recording: the published conds.pt, or for random weights two synthetic ones."""
    from safetensors.numpy import save_file
    folder.mkdir(exist_ok=True)
    if model.config["seed"] is not None:
        presets = {f"synthetic_{k}": reference_conditionals(model, synthetic_speech(2.0, k)) for k in (1, 2)}
    elif model.builtin is not None:
        kept = torch.load(model.builtin, map_location="cpu", weights_only=True)
        tokens = kept["gen"]["prompt_token"][0]
        presets = {"builtin": {
            "speaker_embedding": kept["t3"]["speaker_emb"].reshape(-1).float().numpy(),
            "t3_prompt_tokens": kept["t3"]["cond_prompt_speech_tokens"][0].long().numpy(), "prompt_tokens": tokens.long().numpy(),
            "prompt_mel": kept["gen"]["prompt_feat"][0, :2 * len(tokens)].float().numpy(),
            "x_vector": kept["gen"]["embedding"][0].float().numpy()}}
    else:
        presets = {}
    for name, arrays in presets.items():
        save_file({k: np.ascontiguousarray(v) for k, v in arrays.items()}, folder / f"{name}.safetensors")


def synthetic_speech(seconds: float, seed: int) -> np.ndarray:
    """Something with pitch, formants, pauses and noise: float32 at 24 kHz on the 16-bit grid, so that a WAV file holds it exactly."""
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * 24000)) / 24000
    phase = 2 * np.pi * np.cumsum(120 + 25 * np.sin(2 * np.pi * 0.9 * t) + 8 * np.sin(2 * np.pi * 5.1 * t)) / 24000
    formants = [(600 + 250 * np.sin(2 * np.pi * 1.7 * t), 1.0), (1500 + 500 * np.sin(2 * np.pi * 1.1 * t + 1), 0.5), (2600 + 0 * t, 0.25)]
    voice = np.zeros_like(t)
    for k in range(1, 40):
        hz = k * np.gradient(phase) * 24000 / (2 * np.pi)
        voice += sum(g * np.exp(-(((hz - f) / 180) ** 2)) for f, g in formants) * np.sin(k * phase)
    loud = np.clip(1.5 * np.sin(2 * np.pi * 1.3 * t + 0.4) + 0.6, 0, 1) * (t > 0.25) * (t < seconds - 0.3)
    wave_ = 0.25 * loud * voice / np.abs(voice).max() + 0.0008 * rng.standard_normal(len(t))
    return (np.round(np.clip(wave_, -1, 1) * 32767) / 32768).astype(np.float32)


def reference_conditionals(model, wav: np.ndarray) -> dict[str, np.ndarray]:
    """As ChatterboxMultilingualTTS.prepare_conditionals derives them. @param wav float32, 24 kHz."""
    import librosa
    w16 = librosa.resample(wav, orig_sr=24000, target_sr=16000)
    with torch.inference_mode():
        prompt = model.s3gen.embed_ref(wav[:240000], 24000, device="cpu")
        limit = model.t3.hp.speech_cond_prompt_len
        tokens, _ = model.s3gen.tokenizer.forward([w16[:96000]], max_len=limit)
        voice = model.ve.embeds_from_wavs([w16], sample_rate=16000).mean(axis=0)
    return {"speaker_embedding": voice, "t3_prompt_tokens": tokens[0].numpy(), "prompt_tokens": prompt["prompt_token"][0].numpy(),
            "prompt_mel": prompt["prompt_feat"][0].numpy(), "x_vector": prompt["embedding"][0].numpy()}


def expected(model, out: Path, seed: int) -> None:
    """conditionals_reference.flac and what the reference derives from it (conditionals.safetensors)."""
    import soundfile
    from safetensors.numpy import save_file
    wav = synthetic_speech(7.0, seed)
    soundfile.write(out / "conditionals_reference.flac", np.round(wav * 32768).astype(np.int16), 24000)
    save_file({k: np.ascontiguousarray(v) for k, v in reference_conditionals(model, wav).items()}, out / "conditionals.safetensors")


def write_wav(path: Path, samples: np.ndarray) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24000)
        file.writeframes(np.round(samples * 32768).astype("<i2").tobytes())
