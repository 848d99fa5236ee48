"""Music encoder and the decoder that its auto-encoder pre-training needs.

Spectrograms are [B, T, F] with `frames` [B], how many of T belong to the recording. Padding is kept at zero after every
convolution, as the convolution's own border is, so latents do not depend on how long the batch is.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.checkpoint import checkpoint
from transformers import BertConfig, BertModel

from models.systems.synaesthesia.settings import ModelSettings


def present(lengths: Tensor, longest: int) -> Tensor:
    """Mask bool [B, longest], True where a position is below the length."""
    return torch.arange(longest, device=lengths.device)[None] < lengths[:, None]


def shorten(lengths: Tensor, stride: int) -> Tensor:
    """Lengths after a 3-wide convolution with padding 1 and this stride."""
    return torch.div(lengths + stride - 1, stride, rounding_mode="floor")


def mean_pool(x: Tensor, lengths: Tensor, tokens: int) -> Tensor:
    """Mean of `tokens` equal stretches of each sequence.

    Stretch k of a sequence of n covers positions floor(k n / tokens) to ceil((k + 1) n / tokens): neighbours share a
    position where the division leaves a rest, and none is empty where n is below `tokens`.

    Parameters
    ----------
    x : Tensor
        float [B, T, D].
    lengths : Tensor
        int64 [B], at least 1.

    Returns
    -------
    Tensor
        float [B, tokens, D].
    """
    k = torch.arange(tokens, device=x.device)[None]
    start = torch.div(k * lengths[:, None], tokens, rounding_mode="floor")
    end = torch.div((k + 1) * lengths[:, None] + tokens - 1, tokens, rounding_mode="floor")
    t = torch.arange(x.shape[1], device=x.device)
    inside = ((t >= start[..., None]) & (t < end[..., None])).to(x.dtype)
    return (inside / inside.sum(-1, keepdim=True)) @ x


def _channels_last(layers: nn.Module) -> None:
    """Lay the weights, and with them all that follows, out with channels last: faster on any device."""
    for parameter in layers.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)


class FrameNorm(nn.Module):
    """Normalise channels and frequencies of every frame to mean 0 and variance 1, then scale and shift channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels, 1, 1))
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise [B, C, T, F] over C and F."""
        # With channels last in memory this is a view, and C and F of a frame lie together.
        rows = x.permute(0, 2, 3, 1)
        return F.layer_norm(rows, rows.shape[2:]).permute(0, 3, 1, 2) * self.weight + self.bias


def norm_layer(kind: str, channels: int) -> nn.Module:
    """Give the normalisation that `ModelSettings.norm` names."""
    layer: nn.Module = {"none": nn.Identity, "frame": FrameNorm, "batch": nn.BatchNorm2d}[kind](channels)
    return layer


class MusicEncoder(nn.Module):
    """Eight convolutions that halve the frequencies until one is left, then a Transformer over time.

    Parameters
    ----------
    settings : ModelSettings
    mean, deviation : sequence of float
        Of every frequency [F], or of all [1], by which spectrograms are standardised.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, settings: ModelSettings, mean: Sequence[float] = (0.0,), deviation: Sequence[float] = (1.0,)
    ) -> None:
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean))
        self.register_buffer("deviation", torch.tensor(deviation))
        self.strides: Sequence[int] = settings.time_strides
        self.tokens = settings.tokens
        self.checkpointing = settings.checkpointing
        inputs = (1, *settings.channels)
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(inputs[i], channels, 3, (settings.time_strides[i], 2), 1),
                norm_layer(settings.norm, channels),
                nn.LeakyReLU(),
            )
            for i, channels in enumerate(settings.channels)
        )
        _channels_last(self.layers)
        self.project = nn.Linear(settings.channels[-1], settings.width)
        self.transformer = BertModel(
            BertConfig(
                vocab_size=1,
                hidden_size=settings.width,
                num_hidden_layers=settings.music_layers,
                num_attention_heads=settings.heads,
                intermediate_size=4 * settings.width,
                max_position_embeddings=settings.positions,
                hidden_dropout_prob=settings.dropout,
                attention_probs_dropout_prob=settings.dropout,
            ),
            add_pooling_layer=False,
        )
        # The sequence comes as vectors; BERT's table of words has nothing to do.
        self.transformer.embeddings.word_embeddings.weight.requires_grad_(False)

    @property
    def depth(self) -> int:
        """Convolutions, and one for the Transformer."""
        return len(self.layers) + 1

    def standardise(self, spectrogram: Tensor) -> Tensor:
        """Give spectrograms [B, T, F] as the first convolution sees them, and as the decoder makes them."""
        return (spectrogram - self.mean) / self.deviation

    def convolve(self, spectrogram: Tensor, frames: Tensor, depth: int) -> tuple[Tensor, list[Tensor]]:
        """Run the first `depth` convolutions.

        Returns
        -------
        tuple
            float [B, C, T', F']; the lengths int64 [B] before the first convolution and after each.
        """
        lengths = [frames]
        x = self.standardise(spectrogram)[:, None] * present(frames, spectrogram.shape[1])[:, None, :, None]
        for layer, stride in zip(self.layers[:depth], self.strides, strict=False):
            lengths.append(shorten(lengths[-1], stride))
            keep = self.checkpointing and self.training and torch.is_grad_enabled()
            x = checkpoint(layer, x, use_reentrant=False) if keep else layer(x)
            x = x * present(lengths[-1], x.shape[2])[:, None, :, None]
        return x, lengths

    def contextualise(self, x: Tensor, lengths: Tensor) -> Tensor:
        """Turn the last convolution's output [B, C, T', 1] into the sequence [B, T', width], zero where padded."""
        positions = self.transformer.config.max_position_embeddings
        x = self.project(x[:, :, :positions, 0].transpose(1, 2))
        mask = present(lengths, x.shape[1])
        y: Tensor = self.transformer(inputs_embeds=x, attention_mask=mask.long()).last_hidden_state
        return y * mask[..., None]

    def sequence(self, spectrogram: Tensor, frames: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Give the sequence [B, T', width] and the lengths of every level, those of `convolve`."""
        x, lengths = self.convolve(spectrogram, frames, len(self.layers))
        lengths[-1] = lengths[-1].clamp(max=self.transformer.config.max_position_embeddings)
        return self.contextualise(x, lengths[-1]), lengths

    def forward(self, spectrogram: Tensor, frames: Tensor) -> Tensor:
        """Give the latent tokens [B, tokens, width] of spectrograms [B, T, F]."""
        x, lengths = self.sequence(spectrogram, frames)
        return mean_pool(x, lengths[-1], self.tokens)


class MusicDecoder(nn.Module):
    """Mirror of the encoder: transposed convolutions from any of its depths back to the spectrogram."""

    def __init__(self, settings: ModelSettings, bins: int) -> None:
        super().__init__()
        self.strides = tuple(settings.time_strides)
        self.bins = [bins]
        for _ in settings.channels:
            self.bins.append((self.bins[-1] + 1) // 2)
        self.expand = nn.Linear(settings.width, settings.channels[-1])
        outputs = (1, *settings.channels)
        # layers[i] undoes the encoder's layers[i]; the last one run (i = 0) has to give any real number.
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.ConvTranspose2d(channels, outputs[i], 3, (stride, 2), 1, output_padding=(stride - 1, 1)),
                norm_layer(settings.norm if i else "none", outputs[i]),
                nn.LeakyReLU() if i else nn.Identity(),
            )
            for i, (channels, stride) in enumerate(zip(settings.channels, settings.time_strides, strict=True))
        )
        _channels_last(self.layers)

    def forward(self, x: Tensor, lengths: list[Tensor], longest: int) -> Tensor:
        """Give the spectrogram again.

        Parameters
        ----------
        x : Tensor
            [B, C, T', F'] after the encoder's first `len(lengths) - 1` convolutions.
        lengths : list of Tensor
            Of `MusicEncoder.convolve`.
        longest : int
            T of the spectrogram.

        Returns
        -------
        Tensor
            float [B, T, F].
        """
        times = [longest]
        for stride in self.strides:
            times.append(-(-times[-1] // stride))
        for i in reversed(range(len(lengths) - 1)):
            # A transposed convolution gives a multiple of its stride; what the encoder did not have is cut off.
            x = self.layers[i](x)[:, :, : times[i], : self.bins[i]]
            x = F.pad(x, (0, 0, 0, times[i] - x.shape[2]))
            x = x * present(lengths[i], times[i])[:, None, :, None]
        return x[:, 0]

    def from_sequence(self, x: Tensor, lengths: list[Tensor], longest: int) -> Tensor:
        """Give the spectrogram [B, T, F] again from the sequence [B, T', width]."""
        return self.forward(self.expand(x).transpose(1, 2)[..., None], lengths, longest)


def reconstruction_loss(made: Tensor, wanted: Tensor, frames: Tensor) -> Tensor:
    """Mean squared error of a spectrogram and of its differences along time and frequency, padding left out.

    As the released code; the differences keep onsets and partials from being smeared.

    Parameters
    ----------
    made, wanted : Tensor
        float [B, T, F].
    frames : Tensor
        int64 [B].
    """
    error = (made - wanted) * present(frames, wanted.shape[1])[..., None]
    along_time = (error[:, 1:] - error[:, :-1]) * present(frames - 1, wanted.shape[1] - 1)[..., None]
    along_frequency = error[..., 1:] - error[..., :-1]
    count, bins = frames.sum(), wanted.shape[2]
    pairs = (frames - 1).clamp(min=0).sum().clamp(min=1)
    return (
        error.square().sum() / (count * bins)
        + along_time.square().sum() / (pairs * bins)
        + along_frequency.square().sum() / (count * (bins - 1))
    )
