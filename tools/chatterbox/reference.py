"""The PyTorch reference (PyPI `chatterbox-tts`), with published weights or random ones; full size or tiny.

Tiny keeps every structure, the 6,561 speech codes, the rates and the sizes that Troupe's voices carry (256, 192, 80); only widths
and depths shrink. Its parameters are exact in float16, so graphs may store them so without any difference.
"""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass, field
from pathlib import Path

import torch
from torch import nn

# Weights of a kind, as resemble-ai publishes them on Hugging Face (ResembleAI/chatterbox): T3, the rest, tokenizer.
KINDS = {
    "multilingual": ("t3_mtl23ls_v2.safetensors", "grapheme_mtl_merged_expanded_v1.json"),
    "english": ("t3_cfg.safetensors", "tokenizer.json"),
}
SOURCE = "ResembleAI/chatterbox on Hugging Face (weights and code MIT)"


@dataclass
class Model:
    """Torch modules in evaluation mode, float32. `files`: tokenizer and tables to ship beside the graphs; `builtin`: the published stock voice."""
    t3: nn.Module
    s3gen: nn.Module
    ve: nn.Module
    config: dict
    files: dict[str, Path] = field(default_factory=dict)
    builtin: Path | None = None


class Refused(Exception):
    """One line for people: what was found, what is wanted."""


def build(random_seed: int, tiny: bool, kind: str = "multilingual") -> Model:
    """The architecture with random weights; the same seed gives the same weights."""
    torch.manual_seed(random_seed)
    model = _tiny() if tiny else _full(kind)
    model.config = {"tiny": tiny, "seed": random_seed, "kind": kind, "source": f"random weights, seed {random_seed}"}
    _settle(model)
    for module in (model.t3, model.s3gen, model.ve):
        module.eval().requires_grad_(False)
        if tiny:
            for tensor in [*module.parameters(), *module.buffers()]:
                if tensor.is_floating_point():
                    tensor.data = tensor.data.half().float()
    return model


def load(directory: Path) -> Model:
    """Published weights from a folder or a Hugging Face cache (…/hub, …/models--ResembleAI--chatterbox).

    Raises Refused for anything else, the published ONNX layouts included."""
    directory = _snapshot(Path(directory))
    kind = next((k for k, names in KINDS.items() if (directory / names[0]).is_file()), None)
    if kind is None:
        raise Refused(_what_it_is(directory))
    t3_file, tokenizer = KINDS[kind]
    model = _full(kind)
    model.config = {"tiny": False, "seed": None, "kind": kind, "source": SOURCE}
    _take(model.t3, directory / t3_file)
    _take(model.s3gen, _either(directory, "s3gen"), strict=False)
    _take(model.ve, _either(directory, "ve"))
    model.builtin = directory / "conds.pt" if (directory / "conds.pt").is_file() else None
    for name in (tokenizer, "Cangjie5_TC.json"):
        if (directory / name).is_file():
            model.files["tokenizer.json" if name == tokenizer else name] = directory / name
    if "tokenizer.json" not in model.files:
        raise Refused(f"{directory / tokenizer}: is missing; without it no text can be read")
    for module in (model.t3, model.s3gen, model.ve):
        module.eval().requires_grad_(False)
    return model


def _full(kind: str) -> Model:
    from chatterbox.models.s3gen import S3Gen
    from chatterbox.models.t3 import T3
    from chatterbox.models.t3.modules.t3_config import T3Config
    from chatterbox.models.voice_encoder import VoiceEncoder
    return Model(T3(T3Config.multilingual() if kind == "multilingual" else T3Config.english_only()), S3Gen(), VoiceEncoder(), {})


def _tiny() -> Model:
    from chatterbox.models.t3 import T3
    from chatterbox.models.t3 import llama_configs
    from chatterbox.models.t3.modules import cond_enc
    from chatterbox.models.t3.modules.perceiver import Perceiver
    from chatterbox.models.t3.modules.t3_config import T3Config
    from chatterbox.models.voice_encoder import VoiceEncConfig, VoiceEncoder

    llama_configs.LLAMA_CONFIGS["Tiny"] = dict(
        llama_configs.LLAMA_520M_CONFIG_DICT, hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        num_key_value_heads=2, head_dim=16)
    hp = T3Config(text_tokens_dict_size=320)
    hp.llama_config_name, hp.speech_tokens_dict_size, hp.max_text_tokens, hp.max_speech_tokens = "Tiny", 6568, 256, 512
    cond_enc.Perceiver = functools.partial(Perceiver, pre_attention_query_size=32, embedding_dim=32, num_attn_heads=2)
    t3 = T3(hp)
    cond_enc.Perceiver = Perceiver

    voice = VoiceEncConfig()
    voice.ve_hidden_size = 16
    return Model(t3, _tiny_s3gen(), VoiceEncoder(voice), {})


def _tiny_s3gen() -> nn.Module:
    """S3Gen() with narrower parts: its constructor takes no sizes, so the parts are put in one by one as it does."""
    from chatterbox.models.s3gen import S3Gen, s3gen, xvector
    from chatterbox.models.s3gen.configs import CFM_PARAMS
    from chatterbox.models.s3gen.hifigan import HiFTGenerator
    from chatterbox.models.s3gen.transformer.upsample_encoder import PreLookaheadLayer, Upsample1D
    from chatterbox.models.s3tokenizer import S3Tokenizer
    from s3tokenizer.model_v2 import AudioEncoderV2, FSQVectorQuantization

    class Tiny(S3Gen):
        def __init__(self):
            nn.Module.__init__(self)

    class Tokenizer(S3Tokenizer):
        def __init__(self):  # the real one is 500 MB before it could shrink
            nn.Module.__init__(self)
            import librosa
            self.n_fft = 400
            self.register_buffer("_mel_filters", torch.FloatTensor(librosa.filters.mel(sr=16000, n_fft=400, n_mels=128)))
            self.register_buffer("window", torch.hann_window(400))
            self.encoder = AudioEncoderV2(128, 64, 1, 1, 2, False)
            self.quantizer = FSQVectorQuantization(64, 3**8)

    initialise = xvector.FCM.__init__  # CAMPPlus passes no width on
    block, blocks, width, bins = initialise.__defaults__
    initialise.__defaults__ = (block, blocks, 8, bins)
    s = Tiny()
    s.tokenizer, s.mel_extractor, s.meanflow, s.resamplers = Tokenizer(), s3gen.mel_spectrogram, False, {}
    s.speaker_encoder = s3gen.CAMPPlus(memory_efficient=False, growth_rate=4, bn_size=2, init_channels=16)
    initialise.__defaults__ = (block, blocks, width, bins)
    encoder = s3gen.UpsampleConformerEncoder(
        input_size=32, output_size=32, attention_heads=2, linear_units=64, num_blocks=2, input_layer="linear",
        pos_enc_layer_type="rel_pos_espnet", selfattention_layer_type="rel_selfattn", use_cnn_module=False, macaron_style=False)
    with torch.random.fork_rng():  # these two have one width whatever the arguments; the others' numbers stay as they are
        encoder.pre_lookahead_layer, encoder.up_layer = PreLookaheadLayer(32, 3), Upsample1D(32, 32, 2)
    estimator = s3gen.ConditionalDecoder(in_channels=320, out_channels=80, causal=True, channels=[32], attention_head_dim=16, n_blocks=1,
                                         num_mid_blocks=2, num_heads=2, act_fn="gelu", meanflow=False)
    s.flow = s3gen.CausalMaskedDiffWithXvec(
        input_size=32, encoder=encoder, decoder=s3gen.CausalConditionalCFM(spk_emb_dim=80, cfm_params=CFM_PARAMS, estimator=estimator))
    s.mel2wav = HiFTGenerator(
        base_channels=32, sampling_rate=24000, upsample_rates=[8, 5, 3], upsample_kernel_sizes=[16, 11, 7],
        source_resblock_kernel_sizes=[7, 7, 11], source_resblock_dilation_sizes=[[1, 3, 5]] * 3,
        f0_predictor=s3gen.ConvRNNF0Predictor(cond_channels=16))
    for module in s.mel2wav.modules():  # weights as they are used, so that they too can be exact in float16
        if nn.utils.parametrize.is_parametrized(module, "weight"):
            nn.utils.parametrize.remove_parametrizations(module, "weight")
    trim = 24000 // 50
    fade = torch.zeros(2 * trim)
    fade[trim:] = (torch.cos(torch.linspace(torch.pi, 0, trim)) + 1) / 2
    s.register_buffer("trim_fade", fade, persistent=False)
    s.estimator_dtype = "fp32"
    return s


def _settle(model: Model) -> None:
    """Random weights as initialised leave whole branches idle; a parity test must see them at work."""
    for module in [*model.s3gen.modules()]:
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):  # statistics that are not 0 and 1
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    with torch.no_grad():
        if model.config["tiny"]:  # 0.02 is made for widths of 1024: at 32 neither attention nor the text would move a logit
            for name, weight in model.t3.tfmr.layers.named_parameters():
                if name.endswith("_proj.weight"):
                    weight.mul_(8)
        model.s3gen.tokenizer.quantizer._codebook.project_down.weight.mul_(4)  # all codes, not only the middle one
        model.s3gen.mel2wav.f0_predictor.classifier.bias.add_(150)  # hertz: voiced


def _take(module: nn.Module, path: Path, strict: bool = True) -> None:
    if not path.is_file():
        raise Refused(f"{path}: is missing")
    try:
        if path.suffix == ".pt":
            state = torch.load(path, map_location="cpu", weights_only=True)
        else:
            from safetensors.torch import load_file
            state = load_file(path)
    except Exception as error:  # noqa: BLE001: torch and safetensors raise many kinds
        raise Refused(f"{path}: cannot be read, truncated or no weights ({str(error).splitlines()[0]})") from error
    state = state["model"][0] if "model" in state else state
    try:
        missing, unexpected = module.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise Refused(f"{path}: weights of another architecture ({str(error).splitlines()[1].strip()})") from error
    # The filter banks of the tokenizer are computed; nothing else may lack.
    missing = [name for name in missing if not name.endswith(("_mel_filters", "tokenizer.window"))]
    if missing or (strict and unexpected):
        raise Refused(f"{path}: weights of another model ({len(missing)} missing, {len(unexpected)} unknown, e.g. {[*missing, *unexpected][0]})")


def _either(directory: Path, stem: str) -> Path:
    return next((p for p in (directory / f"{stem}.pt", directory / f"{stem}.safetensors") if p.is_file()), directory / f"{stem}.safetensors")


def _snapshot(directory: Path) -> Path:
    for folder in (directory, directory / "models--ResembleAI--chatterbox", directory / "hub" / "models--ResembleAI--chatterbox"):
        if (folder / "snapshots").is_dir():
            commits = sorted((folder / "snapshots").iterdir(), key=lambda p: p.stat().st_mtime)
            if commits:
                return commits[-1]
    return directory


def _what_it_is(directory: Path) -> str:
    wanted = " or ".join(names[0] for names in KINDS.values())
    if not directory.is_dir():
        return f"{directory}: no such folder; give the weights' folder, holding {wanted}"
    if (directory / "onnx").is_dir() or list(directory.glob("*.onnx")):
        return (f"{directory}: the published ONNX layout. Its speech encoder lacks the T3 speaker embedding and has a wrong x-vector, its "
                "decoder draws its noise itself and its quantised language model needs operators of one runtime only (facts in "
                f"docs/chatterbox.md); give the original weights, holding {wanted}")
    if (directory / "config.json").is_file():
        kind = json.loads((directory / "config.json").read_text(encoding="utf-8")).get("model_type", "unknown")
        return f"{directory}: weights of '{kind}'; wanted {wanted}"
    return f"{directory}: holds neither {wanted}"
