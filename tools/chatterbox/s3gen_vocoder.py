"""HiFTNet (arXiv:2309.09493) of S3Gen as torch modules that export to plain graphs: mel -> pitch, and mel + source -> samples.

The source between them (sines of the pitch and noise) is the caller's, computed in double precision with noise that it owns.
"""

from __future__ import annotations

import math

import torch
from torch import nn
from torch.nn import functional as F

from s3gen_modules import SNAKE_SCALE, SNAKE_SHIFTS


def image(conv: nn.Conv1d | nn.ConvTranspose1d) -> nn.Conv2d | nn.ConvTranspose2d:
    """The same convolution on [B, C, 1, W], weight norm resolved."""
    transposed = isinstance(conv, nn.ConvTranspose1d)
    make = nn.ConvTranspose2d if transposed else nn.Conv2d
    made = make(conv.in_channels, conv.out_channels, (1, conv.kernel_size[0]), (1, conv.stride[0]), (0, conv.padding[0]),
                **({} if transposed else {"dilation": (1, conv.dilation[0])}))
    made.weight.data, made.bias.data = conv.weight.detach().unsqueeze(2), conv.bias.detach()
    return made.requires_grad_(False)


class Snake(nn.Module):
    """x + sin(alpha x)^2 / alpha, per channel."""

    def __init__(self, snake: nn.Module):
        super().__init__()
        alpha = snake.alpha.detach().double()[None, :, None, None]
        self.register_buffer("turns", (alpha / math.pi).float())
        self.register_buffer("gain", (SNAKE_SCALE / (alpha + snake.no_div_by_zero)).float())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        u = (torch.fmod(x * self.turns, 1.0).abs() - 0.5) ** 2
        for shift in SNAKE_SHIFTS:
            u = (u + shift) ** 2
        return x + u * self.gain


class Residual(nn.Module):
    def __init__(self, block: nn.Module):
        super().__init__()
        self.snakes = nn.ModuleList([Snake(s) for pair in zip(block.activations1, block.activations2) for s in pair])
        self.convs = nn.ModuleList([image(c) for pair in zip(block.convs1, block.convs2) for c in pair])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        for k in range(0, len(self.convs), 2):
            x = x + self.convs[k + 1](self.snakes[k + 1](self.convs[k](self.snakes[k](x))))
        return x


class Pitch(nn.Module):
    """mel [B, T, 80] -> f0 [B, T] in Hz. Run in float32: rounded to bf16 a pitch is half a hertz off."""

    def __init__(self, predictor: nn.Module):
        super().__init__()
        self.convs = nn.ModuleList([image(layer) for layer in predictor.condnet if isinstance(layer, nn.Conv1d)])
        self.out = predictor.classifier

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        x = mel.transpose(1, 2).unsqueeze(2)
        for conv in self.convs:
            x = F.elu(conv(x))
        return self.out(x.squeeze(2).transpose(1, 2)).squeeze(-1).abs()


class Vocoder(nn.Module):
    """mel [B, T, 80], source [B, 480 T] -> samples [B, 480 T] at 24 kHz."""

    def __init__(self, hift: nn.Module):
        super().__init__()
        self.size, self.hop = hift.istft_params["n_fft"], hift.istft_params["hop_len"]
        self.slope, self.limit, self.kernels = hift.lrelu_slope, hift.audio_limit, hift.num_kernels
        self.first, self.last = image(hift.conv_pre), image(hift.conv_post)
        self.ups = nn.ModuleList([image(up) for up in hift.ups])
        self.downs = nn.ModuleList([image(down) for down in hift.source_downs])
        self.source_blocks = nn.ModuleList([Residual(block) for block in hift.source_resblocks])
        self.blocks = nn.ModuleList([Residual(block) for block in hift.resblocks])
        analysis, synthesis, envelope = self._bases(hift.stft_window.double())
        self.register_buffer("analysis", analysis.float())
        self.register_buffer("synthesis", synthesis.float())
        self.register_buffer("envelope", envelope.float())

    def _bases(self, window: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """The short Fourier transform and its inverse as convolutions, real parts before imaginary ones."""
        bins = self.size // 2 + 1
        angle = 2 * math.pi * torch.outer(torch.arange(bins, dtype=torch.double), torch.arange(self.size, dtype=torch.double)) / self.size
        analysis = torch.cat([torch.cos(angle), -torch.sin(angle)]) * window
        double = torch.full((bins, 1), 2.0, dtype=torch.double)  # bins that stand for their mirror image too
        double[0] = double[-1] = 1
        synthesis = torch.cat([double * torch.cos(angle), -double * torch.sin(angle)]) * window / self.size
        return analysis[:, None, None], synthesis[:, None, None], (window**2)[None, None, None]

    def forward(self, mel, source):
        half = self.size // 2
        source = F.pad(source.unsqueeze(1), (half, half), mode="reflect").unsqueeze(1)
        spectrum = F.conv2d(source, self.analysis, stride=(1, self.hop))
        x = self.first(mel.transpose(1, 2).unsqueeze(2))
        for k, up in enumerate(self.ups):
            x = up(F.leaky_relu(x, self.slope))
            if k + 1 == len(self.ups):
                x = torch.cat([x[..., 1:2], x], -1)  # a reflected sample before the first
            x = x + self.source_blocks[k](self.downs[k](spectrum))
            x = sum(block(x) for block in self.blocks[k * self.kernels:(k + 1) * self.kernels]) / self.kernels
        x = self.last(F.leaky_relu(x))
        bins = half + 1
        magnitude, phase = torch.exp(x[:, :bins]).clamp(max=1e2), torch.sin(x[:, bins:])
        spectrum = torch.cat([magnitude * torch.cos(phase), magnitude * torch.sin(phase)], 1)
        samples = F.conv_transpose2d(spectrum, self.synthesis, stride=(1, self.hop), padding=(0, half))
        weight = F.conv_transpose2d(torch.ones_like(spectrum[:, :1]), self.envelope, stride=(1, self.hop), padding=(0, half))
        return (samples / weight).clamp(-self.limit, self.limit).reshape(mel.shape[0], -1)
