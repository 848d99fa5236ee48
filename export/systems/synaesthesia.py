"""Music-to-text synaesthesia: sound to latents and the decoder's memory, sentences to latents, and the decoder."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from export.frontends import Magnitude
from export.layers import BertEmbedding, CrossMemory, Encoder, StepDecoder, bert_layers
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
from models.generation.search import beam_search
from models.systems.base import State
from models.systems.synaesthesia.music import mean_pool, present
from models.systems.synaesthesia.settings import SynaesthesiaSettings
from models.systems.synaesthesia.spectrogram import magnitude
from models.systems.synaesthesia.system import Synaesthesia
from models.systems.synaesthesia.text import CaptionDecoder
from models.systems.tokens import encode

CHECKED = 20.0
"""Seconds of sound that are compared, where the system hears more."""


class Music(nn.Module):
    """Sound to latents, and to the keys and values that the decoder reads of them."""

    def __init__(self, system: Synaesthesia) -> None:
        super().__init__()
        data, encoder = system.settings.data, system.music_encoder
        self.front = Magnitude(data.n_fft, data.hop, data.power)
        self.encoder, self.places = encoder, BertEmbedding(encoder.transformer)
        self.layers = Encoder(bert_layers(encoder.transformer))
        self.cross = CrossMemory(bert_layers(system.text_decoder.bert.bert))

    def forward(self, audio: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Give latents [B, tokens, width] and the memory, of audio float32 [B, N]."""
        spectrogram = self.front(audio)
        frames = torch.full((spectrogram.shape[0],), spectrogram.shape[1], device=audio.device)
        x, lengths = self.encoder.convolve(spectrogram, frames, len(self.encoder.layers))
        x = self.encoder.project(x[:, :, :, 0].transpose(1, 2))
        mask = present(lengths[-1], x.shape[1]).to(x.dtype)
        x = self.layers(self.places.vectors(x), mask)
        latents = mean_pool(x, lengths[-1], self.encoder.tokens)
        return (latents, *self.cross(latents, torch.ones_like(latents[..., 0])))

    def own(self, audio: Tensor) -> tuple[Tensor, ...]:
        """The same by the system's own encoder."""
        spectrogram = self.front(audio)
        latents = self.encoder(spectrogram, torch.full((len(spectrogram),), spectrogram.shape[1], device=audio.device))
        return (latents, *self.cross(latents, torch.ones_like(latents[..., 0])))


class Text(nn.Module):
    """Sentences to latents."""

    def __init__(self, system: Synaesthesia) -> None:
        super().__init__()
        encoder = system.text_encoder
        self.embed, self.layers = BertEmbedding(encoder.bert), Encoder(bert_layers(encoder.bert))
        self.pool, self.queries = encoder.pool, encoder.queries

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Give latents [B, tokens, width] of ids int64 [B, L] with mask float32 [B, L]."""
        states = self.layers(self.embed(ids, 0), mask)
        queries = self.queries.expand(ids.shape[0], -1, -1)
        pooled: Tensor = self.pool(queries, states, states, key_padding_mask=mask == 0, need_weights=False)[0]
        return pooled


def plan(system: Synaesthesia, settings: SynaesthesiaSettings, state: State, material: Material) -> SystemPlan:
    """Give what of the synaesthesia system becomes which graph."""
    data, tokenizer = settings.data, system.tokenizer
    bert = system.text_decoder.bert
    heads = bert.config.num_attention_heads
    caption: dict[str, Any] = {
        "encoder": "music", "decoder": "caption_decoder", "memory": CROSS, "outputs": list(STEP_OUTPUTS),
        "state": caches(bert.config.num_hidden_layers, heads, bert.config.hidden_size // heads),
        "prompt": [], "begin": tokenizer.bos_token_id, "end": tokenizer.eos_token_id, "pad": tokenizer.pad_token_id,
        "longest": data.longest - 1, "beams": settings.generation.beams,
        "length_penalty": settings.generation.length_penalty, "no_repeat_ngram": 0,
    }  # fmt: skip
    music = Music(system).eval()
    longest = min(data.seconds or float("inf"), _longest(system))
    seconds = min(CHECKED, longest)
    real = material.sounds(data.rate, seconds)
    cases: dict[str, Example] = {
        "random": (material.noise(data.rate, seconds),),
        "real": (real,),
        "real, one, shorter": (real[:1, : int(0.8 * real.shape[1])].contiguous(),),
    }

    def own(case: Example, beams: int) -> list[tuple[int, ...]]:
        latents = music.own(*case)[0]
        found = beam_search(
            CaptionDecoder(system.text_decoder), latents, begin=caption["begin"], end=caption["end"],
            longest=caption["longest"], beams=beams, length_penalty=caption["length_penalty"], pad=caption["pad"],
        )  # fmt: skip
        return [hypotheses[0].ids for hypotheses in found]

    step = StepDecoder(BertEmbedding(bert.bert), bert_layers(bert.bert), bert.cls).eval()
    ids, mask = encode(tokenizer, ["a calm piece for piano and strings", "fast drums"], data.longest)
    texts: dict[str, Example] = {
        "two sentences": (ids, mask),
        "random": (torch.randint(len(tokenizer), (3, 7)), torch.ones(3, 7)),
        "one, short": (ids[1:, :3].contiguous(), torch.ones(1, 3)),
    }
    tokens = {0: "batch", 1: "tokens"}
    vectors = music(*cases["random"])[1:]
    return SystemPlan(
        [
            GraphPlan("music", music, ("audio",), ("latents", *CROSS), cases, {"audio": {0: "batch", 1: "samples"}},
                      own=music.own),
            GraphPlan("text", Text(system).eval(), ("ids", "mask"), ("latents",), texts,
                      {"ids": tokens, "mask": tokens}, own=system.text_encoder),
            step_plan(step, vectors, caption, len(tokenizer)),
        ],
        {
            "rate": data.rate, "seconds": None if longest == float("inf") else longest,
            "least_samples": max(data.n_fft // 2 + 1, data.hop), "longest_text": data.longest, "tags": system.tags,
            "caption": caption,
        },
        {"tokenizer.json": state["tokenizer"]["json"].encode()},
        CaptionPlan("music", caption, cases, own),
        (FrontPlan("magnitude", music.front, lambda a: magnitude(a, data.n_fft, data.hop, data.power)),),
    )  # fmt: skip


def _longest(system: Synaesthesia) -> float:
    """Seconds that the music Transformer's positions can hold; the network itself cuts what is behind."""
    data, steps = system.settings.data, system.music_encoder.transformer.config.max_position_embeddings
    for stride in system.music_encoder.strides:
        steps *= stride
    return (steps - 1) * data.hop / data.rate
