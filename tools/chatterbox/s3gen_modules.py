"""S3Gen's three parts as torch modules that export to plain graphs, with the weights of the reference's modules.

The same arithmetic as chatterbox.models.s3gen (PyPI `chatterbox-tts`), arranged for a CPU runtime: time before channels, so that every
layer is a matrix product over the last axis and no layout changes in between; normalisations folded into the product that follows;
causal convolutions as products of shifted copies; the vocoder's convolutions as images of height 1. Padding on the right changes
nothing on the left: the estimator looks left everywhere but in its attention, which is given the mask.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

# Added to the attention scores of padding; exp(-1e4) is 0 in every float format.
MASKED = -1e4

# sin^2(pi t) = k (((u + a)^2 + b)^2 + c)^2 with u = (|t mod 1| - 1/2)^2, error 1.2e-6 (tools/prepare_kokoro.py): multiplications that
# runtimes fuse into one pass, for a sine that they do not.
SNAKE_SHIFTS = (-2.283904342, -1.427544865, -7.340046375)
SNAKE_SCALE = 0.02032671707


def linear(layer: nn.Linear, norm: nn.LayerNorm | None = None, scale: float = 1.0) -> nn.Linear:
    """The layer, after `norm`'s affine part and times `scale`, in one."""
    weight = layer.weight.detach().double() * scale
    bias = torch.zeros(weight.shape[0], dtype=torch.double) if layer.bias is None else layer.bias.detach().double() * scale
    if norm is not None:
        bias = bias + weight @ norm.bias.detach().double()
        weight = weight * norm.weight.detach().double()
    return _linear(weight, bias)


def _linear(weight: torch.Tensor, bias: torch.Tensor) -> nn.Linear:
    made = nn.Linear(weight.shape[1], weight.shape[0])
    made.weight.data, made.bias.data = weight.float().contiguous(), bias.float()
    return made.requires_grad_(False)


def plain(norm: nn.LayerNorm) -> nn.LayerNorm:
    """The normalisation without its affine part, which `linear` takes over."""
    return nn.LayerNorm(norm.normalized_shape, norm.eps, elementwise_affine=False)


class Window(nn.Module):
    """A convolution over time as one product: [B, T, C] -> [B, T, C']. `left` and `right` zeros stand at the ends."""

    def __init__(self, conv: nn.Conv1d, left: int, right: int = 0):
        super().__init__()
        self.left, self.right = left, right
        weight = conv.weight.detach().double()  # [C', C, K]
        self.product = _linear(weight.permute(0, 2, 1).reshape(weight.shape[0], -1), conv.bias.detach().double())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        width, length = self.left + self.right + 1, x.shape[1]
        padded = F.pad(x, (0, 0, self.left, self.right))
        return self.product(torch.cat([padded[:, k:k + length] for k in range(width)], -1) if width > 1 else x)


def heads(x: torch.Tensor, count: int) -> torch.Tensor:
    """[B, T, count * D] -> [B, count, T, D]."""
    return x.reshape(x.shape[0], x.shape[1], count, -1).transpose(1, 2)


def attend(scores: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    """[B, H, T, T], [B, H, T, D] -> [B, T, H * D]."""
    out = torch.matmul(torch.softmax(scores, -1), value).transpose(1, 2)
    return out.reshape(out.shape[0], out.shape[1], -1)


class Transformer(nn.Module):
    """BasicTransformerBlock of the estimator (diffusers' attention, erf GELU)."""

    def __init__(self, block: nn.Module):
        super().__init__()
        attention = block.attn1
        self.heads, self.norm = attention.heads, plain(block.norm1)
        self.query = linear(attention.to_q, block.norm1, attention.scale)
        self.key, self.value = linear(attention.to_k, block.norm1), linear(attention.to_v, block.norm1)
        self.out = linear(attention.to_out[0])
        self.up, self.down = linear(block.ff.net[0].proj, block.norm3), linear(block.ff.net[2])

    def forward(self, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        y = self.norm(x)
        query, key, value = (heads(layer(y), self.heads) for layer in (self.query, self.key, self.value))
        x = x + self.out(attend(torch.matmul(query, key.transpose(2, 3)) + bias, value))
        return x + self.down(F.gelu(self.up(self.norm(x))))


class Resnet(nn.Module):
    """CausalResnetBlock1D without its masks: what is right of a frame never reaches it."""

    def __init__(self, block: nn.Module):
        super().__init__()
        self.convs = nn.ModuleList([Window(b.block[0], b.block[0].causal_padding[0]) for b in (block.block1, block.block2)])
        self.norms = nn.ModuleList([block.block1.block[2], block.block2.block[2]])
        self.time = linear(block.mlp[1])
        self.skip = Window(block.res_conv, 0)

    def forward(self, x: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
        h = F.mish(self.norms[0](self.convs[0](x))) + self.time(F.mish(time)).unsqueeze(1)
        return F.mish(self.norms[1](self.convs[1](h))) + self.skip(x)


class Stage(nn.Module):
    def __init__(self, resnet: nn.Module, blocks: nn.ModuleList, conv: nn.Module | None = None):
        super().__init__()
        self.resnet = Resnet(resnet)
        self.blocks = nn.ModuleList([Transformer(block) for block in blocks])
        self.conv = Window(conv, conv.causal_padding[0]) if conv is not None else None

    def forward(self, x: torch.Tensor, time: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        x = self.resnet(x, time)
        for block in self.blocks:
            x = block(x, bias)
        return x


class Estimator(nn.Module):
    """One evaluation of the flow's velocity, ConditionalDecoder of one resolution.

    x, mu, cond [N, T, 80]; speaker [N, 80]; time [N, 320] = sin and cos of 1000 t (made by the caller, since a runtime in bf16 has no
    sine of 1000); mask [N, T] 1 or 0 -> velocity [N, T, 80]. Rows are independent; guidance is the caller's.
    """

    def __init__(self, decoder: nn.Module):
        super().__init__()
        if decoder.meanflow or len(decoder.down_blocks) != 1 or len(decoder.up_blocks) != 1:
            raise ValueError("S3Gen: an estimator of one resolution without mean flow is what the graphs are made for")
        self.time = nn.Sequential(linear(decoder.time_mlp.linear_1), nn.SiLU(), linear(decoder.time_mlp.linear_2))
        self.down = Stage(*decoder.down_blocks[0])
        self.mid = nn.ModuleList([Stage(*stage) for stage in decoder.mid_blocks])
        self.up = Stage(*decoder.up_blocks[0])
        final = decoder.final_block.block
        self.final_conv, self.final_norm = Window(final[0], final[0].causal_padding[0]), final[2]
        self.out = Window(decoder.final_proj, 0)

    def forward(self, x, mu, cond, speaker, time, mask):
        time = self.time(time)
        bias = ((1 - mask) * MASKED).unsqueeze(1).unsqueeze(1)
        x = torch.cat([x, mu, speaker.unsqueeze(1).expand(-1, x.shape[1], -1), cond], -1)
        skip = self.down(x, time, bias)
        x = self.down.conv(skip)
        for stage in self.mid:
            x = stage(x, time, bias)
        x = self.up.conv(self.up(torch.cat([x, skip], -1), time, bias))
        return self.out(F.mish(self.final_norm(self.final_conv(x))))


class Conformer(nn.Module):
    """ConformerEncoderLayer with relative positions (Transformer-XL, arXiv:1901.02860, appendix B), without convolution module.

    The reference takes each query times the embedding of every distance, [T, 2 T - 1], and shifts the rows against each other: 2 GB for a
    long turn. The embedding is made of sines and cosines of the distance i - j, so the same score is, by the sum formulas, a product of
    what depends on i with what depends on j: more columns on queries and keys, and the attention stays one that runtimes fuse.
    """

    def __init__(self, layer: nn.Module):
        super().__init__()
        attention = layer.self_attn
        scale = 1 / math.sqrt(attention.d_k)
        self.heads, self.norm = attention.h, plain(layer.norm_mha)
        # The two biases on the query stand before the product with the keys and that with the positions.
        self.query_key, self.query_position = (linear(attention.linear_q, layer.norm_mha, scale) for _ in range(2))
        self.query_key.bias.data += attention.pos_bias_u.detach().reshape(-1) * scale
        self.query_position.bias.data += attention.pos_bias_v.detach().reshape(-1) * scale
        self.key, self.value = linear(attention.linear_k, layer.norm_mha), linear(attention.linear_v, layer.norm_mha)
        weight = attention.linear_pos.weight.detach().reshape(1, attention.h, attention.d_k, -1)
        self.register_buffer("position", torch.cat([weight[..., 0::2], weight[..., 1::2]], -1).contiguous())  # sines, then cosines
        self.out = linear(attention.linear_out)
        self.up, self.down = linear(layer.feed_forward.w_1, layer.norm_ff), linear(layer.feed_forward.w_2)

    def forward(self, x: torch.Tensor, sine: torch.Tensor, cosine: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        y = self.norm(x)
        key, value = heads(self.key(y), self.heads), heads(self.value(y), self.heads)
        of_sine, of_cosine = torch.matmul(heads(self.query_position(y), self.heads), self.position).chunk(2, -1)
        query = torch.cat([heads(self.query_key(y), self.heads), of_sine * sine + of_cosine * cosine, of_cosine * sine - of_sine * cosine], -1)
        places = torch.cat([cosine, sine], -1).unsqueeze(0).expand(key.shape[0], self.heads, -1, -1)
        scores = torch.matmul(query, torch.cat([key, places], -1).transpose(2, 3))
        x = x + self.out(attend(scores + bias, value))
        return x + self.down(F.silu(self.up(self.norm(x))))


class FlowEncoder(nn.Module):
    """UpsampleConformerEncoder with the token embedding before it and the projections of CausalMaskedDiffWithXvec after it.

    tokens i64 [B, S], the prompt's first; mask [B, S] 1 or 0; x_vector [B, 192] -> mu [B, 2 S, 80], speaker [B, 80].
    """

    def __init__(self, flow: nn.Module, most_tokens: int):
        super().__init__()
        encoder = flow.encoder
        self.embedding, self.speaker, self.project = flow.input_embedding, flow.spk_embed_affine_layer, linear(flow.encoder_proj, encoder.after_norm)
        self.norm = plain(encoder.after_norm)
        self.embeds = nn.ModuleList([encoder.embed.out[0], encoder.embed.out[1], encoder.up_embed.out[0], encoder.up_embed.out[1]])
        self.scale = encoder.embed.pos_enc.xscale
        ahead = encoder.pre_lookahead_layer
        self.ahead = nn.ModuleList([Window(ahead.conv1, 0, ahead.pre_lookahead_len), Window(ahead.conv2, 2)])
        self.upsample = Window(encoder.up_layer.conv, 2 * encoder.up_layer.stride)
        self.layers = nn.ModuleList([Conformer(layer) for layer in encoder.encoders])
        self.up_layers = nn.ModuleList([Conformer(layer) for layer in encoder.up_encoders])
        slower = torch.exp(-torch.arange(0, encoder.output_size(), 2).double() * (math.log(10000) / encoder.output_size()))
        angle = torch.outer(torch.arange(2 * most_tokens).double(), slower)
        self.register_buffer("sine", angle.sin().float())
        self.register_buffer("cosine", angle.cos().float())

    def forward(self, tokens, mask, x_vector):
        speaker = self.speaker(x_vector / x_vector.norm(dim=1, keepdim=True).clamp_min(1e-12))
        seen = mask.unsqueeze(-1)
        x = self.embeds[1](self.embeds[0](self.embedding(tokens) * seen)) * self.scale * seen
        bias = ((1 - mask) * MASKED).unsqueeze(1).unsqueeze(1)
        # After the first convolution padding is not zero, but the second looks left.
        x = x + self.ahead[1](F.leaky_relu(self.ahead[0](x)))
        x = self._layers(self.layers, x, bias)
        x = self.upsample(self._twice(x))
        x = self.embeds[3](self.embeds[2](x)) * self.scale
        x = self._layers(self.up_layers, x, self._twice(bias.transpose(1, 3).squeeze(-1)).transpose(1, 2).unsqueeze(1))
        return self.project(self.norm(x)), speaker

    def _layers(self, layers: nn.ModuleList, x: torch.Tensor, bias: torch.Tensor) -> torch.Tensor:
        sine, cosine = self.sine[:x.shape[1]], self.cosine[:x.shape[1]]
        for layer in layers:
            x = layer(x, sine, cosine, bias)
        return x

    @staticmethod
    def _twice(x: torch.Tensor) -> torch.Tensor:
        """Every row of [B, T, C] twice, one after the other."""
        return x.unsqueeze(2).expand(-1, -1, 2, -1).reshape(x.shape[0], -1, x.shape[2])
