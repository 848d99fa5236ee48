"""Caption generator: music, tags and lyrics to a sentence, after ALCAP (section 3) in small.

ALCAP fuses lyrics (queries) with music (keys and values) by cross-attention and decodes the fused sequence. Here the
decoder attends to one memory of three parts: the music's latents, one token for each tag that is heard, and the
lyrics fused with the music. A clip without lyrics has no third part.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.data.tokenizer import PAD
from models.nets.attention import Attention, FeedForward, padding_mask

TAG_TOKENS = 24
"""Tags with the highest scores become tokens of the memory."""
ALIGNMENT_TAU = 0.1
FAINT = 0.1
"""Tags scored below this are hidden from the decoder."""


class CaptionEncoder(nn.Module):
    """Make the decoder's memory and its cross-attention keys and values.

    Parameters
    ----------
    tags : int
        Size of the vocabulary of tags.
    music, lyrics : int
        Widths of the music latents and of the text encoder's token vectors.
    layers : int
        Decoder layers to make keys and values for.
    """

    def __init__(self, tags: int, *, music: int, lyrics: int, width: int, heads: int, layers: int) -> None:
        super().__init__()
        self.width, self.heads = width, heads
        self.from_music = nn.Linear(music, width)
        self.tag_names = nn.Embedding(tags, width)
        self.tag_level = nn.Linear(1, width)
        self.from_lyrics = nn.Linear(lyrics, width)
        self.kinds = nn.Parameter(torch.randn(3, width) * 0.02)
        self.fusion_norm = nn.LayerNorm(width)
        self.fusion = Attention(width, heads)
        self.norm = nn.LayerNorm(width)
        self.cross = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(layers))

    def memory(self, sequence: Tensor, tags: Tensor, lyrics: Tensor, lyric_mask: Tensor) -> tuple[Tensor, Tensor]:
        """Memory [B, S + 24 + L, width] and its validity 0..1 of the same length."""
        music = self.from_music(sequence)
        level, index = tags.topk(min(TAG_TOKENS, tags.shape[-1]), dim=-1)
        named = self.tag_names(index) + self.tag_level(level[..., None])
        words = self.from_lyrics(lyrics)
        fused = words + self.fusion(self.fusion_norm(words), *self.fusion.keys_values(music))
        heard = torch.clamp((level - FAINT) * 10, 0.0, 1.0)
        valid = torch.cat([torch.ones_like(music[..., 0]), heard, lyric_mask], dim=1)
        parts = [music + self.kinds[0], named + self.kinds[1], fused + self.kinds[2]]
        return self.norm(torch.cat(parts, dim=1)), valid

    def forward(
        self, sequence: Tensor, tags: Tensor, lyrics: Tensor, lyric_mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Keys and values of every decoder layer, made once for a sentence.

        Parameters
        ----------
        sequence : Tensor
            Music latents [B, S, music].
        tags : Tensor
            Tag scores [B, V], 0..1.
        lyrics : Tensor
            The text encoder's token vectors [B, L, lyrics]; L may be 0.
        lyric_mask : Tensor
            float32 [B, L], 1 for a token and 0 for padding.

        Returns
        -------
        tuple of Tensor
            cross_keys and cross_values [layers, B, heads, M, width / heads]; cross_mask [B, 1, 1, M], additive.
        """
        memory, valid = self.memory(sequence, tags, lyrics, lyric_mask)
        batch = memory.shape[0]
        keys, values = [], []
        for layer in self.cross:
            pair = layer(memory).reshape(batch, -1, 2, self.heads, self.width // self.heads)
            keys.append(pair[:, :, 0].transpose(1, 2))
            values.append(pair[:, :, 1].transpose(1, 2))
        return torch.stack(keys), torch.stack(values), padding_mask(valid)


class DecoderLayer(nn.Module):
    """Pre-norm decoder layer with cached self-attention and precomputed cross-attention keys and values."""

    def __init__(self, width: int, heads: int, inner: int, dropout: float) -> None:
        super().__init__()
        self.norm_self, self.norm_cross, self.norm_inner = (nn.LayerNorm(width) for _ in range(3))
        self.attention = Attention(width, heads)
        self.cross_query, self.cross_out = nn.Linear(width, width), nn.Linear(width, width)
        self.inner = FeedForward(width, inner, dropout)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        x: Tensor,
        past: tuple[Tensor, Tensor],
        cross: tuple[Tensor, Tensor],
        mask: Tensor,
        cross_mask: Tensor,
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """New states [B, T, D] and the grown cache."""
        normed = self.norm_self(x)
        key, value = self.attention.keys_values(normed)
        key, value = torch.cat([past[0], key], dim=2), torch.cat([past[1], value], dim=2)
        x = x + self.dropout(self.attention(normed, key, value, mask))
        query = self.attention.split(self.cross_query(self.norm_cross(x)))
        scores = query @ cross[0].transpose(-2, -1) * (query.shape[-1] ** -0.5) + cross_mask
        mixed = (scores.softmax(-1) @ cross[1]).transpose(1, 2).reshape(x.shape)
        x = x + self.dropout(self.cross_out(mixed))
        return x + self.dropout(self.inner(self.norm_inner(x))), (key, value)


class CaptionDecoder(nn.Module):
    """Next-token logits with a KV cache; the output layer shares the token embedding."""

    def __init__(
        self,
        vocabulary: int,
        *,
        width: int,
        heads: int,
        layers: int,
        max_tokens: int = 64,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.tokens = nn.Embedding(vocabulary, width)
        self.positions = nn.Parameter(torch.randn(max_tokens, width) * 0.02)
        self.layers = nn.ModuleList(DecoderLayer(width, heads, 2 * width, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(width)
        nn.init.normal_(self.tokens.weight, std=0.02)

    def forward(
        self, ids: Tensor, past_keys: Tensor, past_values: Tensor, cross_keys: Tensor, cross_values: Tensor,
        cross_mask: Tensor,
    ) -> tuple[Tensor, Tensor, Tensor]:  # fmt: skip
        """Decode the next tokens.

        Parameters
        ----------
        ids : Tensor
            int64 [B, T]; T tokens after the cached ones.
        past_keys, past_values : Tensor
            [layers, B, heads, P, width / heads], P = 0 at the first step.
        cross_keys, cross_values, cross_mask : Tensor
            Of `CaptionEncoder`.

        Returns
        -------
        tuple of Tensor
            Logits [B, T, vocabulary]; keys and values with P + T steps.
        """
        steps, cached = ids.shape[1], past_keys.shape[3]
        where = torch.arange(steps, device=ids.device) + cached
        x = self.tokens(ids) + self.positions[where]
        seen = torch.arange(cached + steps, device=ids.device)[None, :] <= where[:, None]
        mask = (1.0 - seen.to(torch.float32))[None, None] * -1e4
        keys, values = [], []
        for i, layer in enumerate(self.layers):
            x, (key, value) = layer(
                x, (past_keys[i], past_values[i]), (cross_keys[i], cross_values[i]), mask, cross_mask
            )
            keys.append(key)
            values.append(value)
        return self.norm(x) @ self.tokens.weight.T, torch.stack(keys), torch.stack(values)


class Captioner(nn.Module):
    """Encoder and decoder together, for training.

    Parameters
    ----------
    vocabulary, tags : int
        Text tokens and vocabulary of tags.
    music, lyrics : int
        Widths of the music latents and of the text encoder's token vectors.
    """

    def __init__(
        self, vocabulary: int, tags: int, *, music: int = 256, lyrics: int = 192, width: int = 192, heads: int = 4,
        layers: int = 3,
    ) -> None:  # fmt: skip
        super().__init__()
        self.config = {"vocabulary": vocabulary, "tags": tags, "music": music, "lyrics": lyrics, "width": width,
                       "heads": heads, "layers": layers}  # fmt: skip
        self.encoder = CaptionEncoder(tags, music=music, lyrics=lyrics, width=width, heads=heads, layers=layers)
        self.decoder = CaptionDecoder(vocabulary, width=width, heads=heads, layers=layers)
        # For alignment in training only (ALCAP, section 3.2); no graph of the pack has them.
        self.align_music, self.align_lyrics = nn.Linear(music, width), nn.Linear(lyrics, width)

    def empty_cache(self, batch: int) -> Tensor:
        """A cache of no steps [layers, batch, heads, 0, width / heads]."""
        width, heads, layers = self.config["width"], self.config["heads"], self.config["layers"]
        return torch.zeros(layers, batch, heads, 0, width // heads, device=self.decoder.positions.device)

    def alignment(self, sequence: Tensor, lyrics: Tensor, lyric_mask: Tensor) -> Tensor:
        """InfoNCE in both directions between music and lyrics of the clips that have both (ALCAP, equations 2 to 4)."""
        rows = (lyric_mask.sum(1) > 0) & (sequence.abs().sum((1, 2)) > 0)
        if int(rows.sum()) < 2:
            return sequence.sum() * 0.0
        mask = lyric_mask[rows][..., None]
        words = (lyrics[rows] * mask).sum(1) / mask.sum(1)
        left = F.normalize(self.align_music(sequence[rows].mean(1)), dim=-1)
        right = F.normalize(self.align_lyrics(words), dim=-1)
        logits, labels = left @ right.T / ALIGNMENT_TAU, torch.arange(len(left), device=left.device)
        return (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels)) / 2

    def loss(self, sequence: Tensor, tags: Tensor, lyrics: Tensor, lyric_mask: Tensor, ids: Tensor) -> Tensor:
        """Mean cross-entropy of `ids` int64 [B, T] (begin .. end, padded) given what `CaptionEncoder` takes."""
        cache = self.empty_cache(len(ids))
        logits, _, _ = self.decoder(ids[:, :-1], cache, cache, *self.encoder(sequence, tags, lyrics, lyric_mask))
        return F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten(), ignore_index=PAD, label_smoothing=0.05)

    @torch.inference_mode()
    def greedy(self, memory: tuple[Tensor, Tensor, Tensor], begin: int, end: int) -> list[int]:
        """Most likely tokens one after the other, for one memory, without begin and end."""
        keys = values = self.empty_cache(1)
        tokens = [begin]
        while len(tokens) < self.decoder.positions.shape[0]:
            logits, keys, values = self.decoder(torch.tensor([tokens[-1:]], device=keys.device), keys, values, *memory)
            token = int(logits[0, -1].argmax())
            if token == end:
                break
            tokens.append(token)
        return tokens[1:]
