"""ALCAP: one graph from sound and lyrics to the decoder's memory, one that writes, step by step."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from export.frontends import Decibels
from export.layers import BartEmbedding, CrossMemory, Encoder, StepDecoder, bart_layers
from export.material import Material
from export.systems.base import (
    CROSS,
    STEP_OUTPUTS,
    CaptionPlan,
    Example,
    FrontPlan,
    GraphPlan,
    SystemPlan,
    caches,
    step_plan,
)
from models.systems import tokens
from models.systems.alcap.network import Music
from models.systems.alcap.settings import AlcapSettings
from models.systems.alcap.spectrogram import LogMel
from models.systems.alcap.system import Alcap
from models.systems.alcap.writer import write
from models.systems.base import State

INPUTS = ("audio", "has_audio", "lyrics", "lyrics_mask", "has_lyrics")
LYRICS = ("hold on to the sun and the sea", "give me the road and I will not come back")


class Memory(nn.Module):
    """Sound and lyrics to memory and tag scores.

    Lyrics fused with music, and the music alone, lie one behind the other in the memory, and the mask shows of each
    example the one that it needs: attention to what is hidden is none at all.
    """

    def __init__(self, system: Alcap) -> None:
        super().__init__()
        bart = system.captioner.bart.model
        self.front = Decibels(system.settings.model.spectrogram)
        self.tagger, self.captioner = system.tagger, system.captioner
        self.embed, self.reader = BartEmbedding(bart.encoder), Encoder(bart_layers(bart.encoder))
        self.cross = CrossMemory(bart_layers(bart.decoder))

    def hear(self, audio: Tensor, has_audio: Tensor) -> tuple[Tensor, Music]:
        """Tag scores [B, K], 0 without sound, and the music encoder's sequence."""
        tagger, mel = self.tagger, self.front(audio)
        x = tagger.norm(mel.transpose(1, 2)[:, None])
        lengths = torch.full((x.shape[0],), x.shape[-1], device=x.device)
        for block in tagger.blocks:
            x, lengths = block(x, lengths)
        x = x.squeeze(2).transpose(1, 2)
        # Every sound of the batch is of one length, so nothing is padding.
        x = torch.cat([tagger.summary.expand(x.shape[0], 1, -1), x], dim=1)
        for layer in tagger.layers:
            x = layer(x, torch.zeros_like(x[..., 0], dtype=torch.bool))
        scores = tagger.head(torch.tanh(tagger.pooler(x[:, 0]))).sigmoid()
        mask = torch.ones_like(x[:, 1:, 0]) * has_audio[:, None]
        return scores * has_audio[:, None], Music(x[:, 1:], mask)

    def forward(
        self, audio: Tensor, has_audio: Tensor, lyrics: Tensor, lyrics_mask: Tensor, has_lyrics: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Give keys, values and mask of the memory, and tag scores.

        Parameters
        ----------
        audio : Tensor
            float32 [B, N] at the system's rate; anything where `has_audio` float32 [B] is 0.
        lyrics, lyrics_mask : Tensor
            int64 and float32 [B, L] of begin .. end, of an empty text too where `has_lyrics` float32 [B] is 0.
        """
        scores, music = self.hear(audio, has_audio)
        read = self.reader(self.embed(lyrics, 0), lyrics_mask)
        if self.captioner.fusion is None or self.captioner.alone is None:
            return (*self.cross(read, lyrics_mask), scores)
        by_lyrics = torch.maximum(has_lyrics, 1.0 - has_audio)[:, None]
        fused = self.captioner.fusion(read, music.sequence, music.mask)
        alone = self.captioner.alone(music.sequence)
        mask = torch.cat([lyrics_mask * by_lyrics, music.mask * (1.0 - by_lyrics)], dim=1)
        return (*self.cross(torch.cat([fused, alone], dim=1), mask), scores)


def plan(system: Alcap, settings: AlcapSettings, state: State, material: Material) -> SystemPlan:
    """Give what of ALCAP becomes which graph."""
    spectrogram, evaluation = settings.model.spectrogram, settings.evaluation
    config = system.captioner.config
    memory = Memory(system).eval()
    heads, layers = config.decoder_attention_heads, config.decoder_layers
    caption: dict[str, Any] = {
        "encoder": "caption_encoder", "decoder": "caption_decoder", "memory": CROSS, "outputs": list(STEP_OUTPUTS),
        "state": caches(layers, heads, config.d_model // heads),
        "prompt": [config.decoder_start_token_id], "begin": config.bos_token_id, "end": config.eos_token_id,
        "pad": config.pad_token_id, "longest": settings.data.caption_tokens - 1, "beams": evaluation.beams,
        "length_penalty": evaluation.length_penalty, "no_repeat_ngram": evaluation.no_repeat_ngram,
    }  # fmt: skip
    seconds = min(settings.data.excerpt, settings.data.longest)
    cases = _cases(system, settings, material, seconds)
    decoder = system.captioner.bart.model.decoder
    step = StepDecoder(BartEmbedding(decoder), bart_layers(decoder), _Words(system)).eval()
    vectors = memory(*cases["random"])[:3]

    def own(case: Example, beams: int) -> list[tuple[int, ...]]:
        audio, has_audio, lyrics, lyrics_mask, has_lyrics = case
        mel = memory.front(audio)
        sequence, mask = system.tagger.sequence(mel, torch.full((len(mel),), mel.shape[1]))
        music = Music(sequence, mask * has_audio[:, None])
        read = system.captioner.read(lyrics, lyrics_mask)
        remembered = system.captioner.fuse(read, lyrics_mask, has_lyrics > 0, music)
        found = write(
            system.captioner, remembered, longest=caption["longest"], beams=beams,
            length_penalty=caption["length_penalty"], no_repeat_ngram=caption["no_repeat_ngram"],
        )  # fmt: skip
        return [each.ids for each in found]

    batch = {0: "batch"}
    encoder = GraphPlan(
        "caption_encoder", memory, INPUTS, (*CROSS, "tags"), cases,
        {"audio": {**batch, 1: "samples"}, "has_audio": batch, "lyrics": {**batch, 1: "lyric_tokens"},
         "lyrics_mask": {**batch, 1: "lyric_tokens"}, "has_lyrics": batch},
    )  # fmt: skip
    return SystemPlan(
        [encoder, step_plan(step, vectors, caption, config.vocab_size)],
        {
            "rate": spectrogram.rate, "seconds": seconds, "least_samples": spectrogram.window,
            "lyrics_tokens": settings.data.lyrics_tokens, "tags": list(state["tags"]),
            "hears": settings.model.variant != "bart", "caption": caption,
        },
        {"tokenizer.json": state["tokenizer"].encode()},
        CaptionPlan("caption_encoder", caption, cases, own),
        (FrontPlan("decibels", memory.front, LogMel(spectrogram)),),
    )  # fmt: skip


def _cases(system: Alcap, settings: AlcapSettings, material: Material, seconds: float) -> dict[str, Example]:
    """Mixed batches: with and without lyrics, with and without sound."""
    rate = settings.model.spectrogram.rate

    def text(lines: list[str]) -> tuple[Tensor, Tensor]:
        return tokens.encode(system.tokenizer, lines, settings.data.lyrics_tokens)

    real = material.sounds(rate, seconds)
    count = len(real)
    lines = [LYRICS[i % 2] if i % 2 else "" for i in range(count)]
    noise = material.noise(rate, seconds, 3)
    return {
        "random": (noise, torch.tensor([1.0, 1.0, 0.0]), *text([LYRICS[0], "", LYRICS[1]]),
                   torch.tensor([1.0, 0.0, 1.0])),
        "real": (real, torch.ones(count), *text(lines), torch.tensor([float(bool(line)) for line in lines])),
        "real, one, shorter": (real[:1, : int(0.8 * real.shape[1])].contiguous(), torch.ones(1), *text([""]),
                               torch.zeros(1)),
    }  # fmt: skip


class _Words(nn.Module):
    """Logits of decoder states."""

    def __init__(self, system: Alcap) -> None:
        super().__init__()
        self.head = system.captioner.bart.lm_head
        self.register_buffer("bias", system.captioner.bart.final_logits_bias)

    def forward(self, states: Tensor) -> Tensor:
        logits: Tensor = self.head(states) + self.bias
        return logits
