"""The networks that caption_latency.py compares: the same weights as our graphs and as modules of torch."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.support.torch_captions import TorchDecoder, encoder
from export.build import export_system
from export.material import Material
from export.systems.base import plan_of
from models.nets.captioner import Captioner
from models.nets.music import MusicEncoder
from models.systems import registry, tokens
from models.systems.alcap.bart import make_config
from models.systems.alcap.settings import AlcapSettings
from models.systems.alcap.system import Alcap
from models.trainer.checkpoint import Checkpoint, load_system, write_checkpoint
from models.training.from_graph import load_weights
from plugin.pack import Pack
from plugin.paths import pack_dir
from plugin.runtime.captioner import CaptionWriter
from plugin.runtime.session import Graph
from plugin.runtime.system_pack import SystemPack
from plugin.runtime.system_search import beam_search

SECONDS = 10.0
WORDS = 4_000
"""Words of the vocabulary of the ALCAP that is compared."""
LONGEST = 24
"""Tokens of its captions: weights at random never come to an end before."""
TEXTS = ["a slow song of the road with piano and strings", "hold on to the sun and the sea"]
SMALL: dict[str, Any] = {
    "tagger": {"channels": [32, 32, 64, 64, 64, 64, 64], "inner": 256},
    "bart": {"name": None, "width": 256, "layers": 3, "heads": 4, "inner": 1024, "positions": 64},
    "fusion_width": 256,
}  # fmt: skip
PAPER: dict[str, Any] = {"bart": {"name": None}}
"""Sizes of the paper: BART-base."""
HALVES: dict[str, tuple[str, ...]] = {"cpu": (), "cuda": ("fp16",)}
"""Precisions beside float32 that a device has."""
Captions = Callable[[int, int], list[tuple[int, ...]]]
"""Clips (the first so many) and beams to token ids."""


@dataclass(frozen=True)
class Network:
    """A network in all runtimes.

    Attributes
    ----------
    title : str
    runtimes : dict of str to Captions
        By name; the first is ours.
    loose : tuple of str
        Runtimes of another precision, which may write other captions.
    """

    title: str
    runtimes: dict[str, Captions]
    loose: tuple[str, ...] = ()


def core(clips: np.ndarray, device: str) -> Network:
    """Give the shipped captioner; clips float32 [B, N] are heard and written one after the other, as we do it."""
    pack = Pack(pack_dir())
    names = ("music", "caption_encoder", "caption_decoder")
    music, first, second = (Graph(pack.file(f"{name}.onnx"), device, threads=1) for name in names)
    settings, vocabulary = pack.manifest["caption"], pack.vocabulary()
    heard = MusicEncoder(**pack.manifest["graphs"]["music"]["config"]).eval()
    load_weights(heard, pack.file("music.onnx"))
    captioner = Captioner(
        second.opened.session.get_outputs()[0].shape[-1], len(vocabulary.tags), lyrics=pack.manifest["text"]["width"],
        width=settings["heads"] * settings["head_width"], heads=settings["heads"], layers=settings["layers"],
    ).eval()  # fmt: skip
    load_weights(captioner.encoder, pack.file("caption_encoder.onnx"))
    load_weights(captioner.decoder, pack.file("caption_decoder.onnx"))
    heard, captioner = heard.to(device), captioner.to(device)
    none = np.zeros((1, 0, pack.manifest["text"]["width"]), np.float32)

    def captions(hear: Any, writer: CaptionWriter, count: int, beams: int) -> list[tuple[int, ...]]:
        found = []
        for clip in clips[:count]:
            _, tags, sequence = hear(audio=clip[None])
            found.append(tuple(writer.tokens(sequence, tags[0], none, beams=beams)))
        return found

    def of_torch(compiled: bool) -> Captions:
        wrap = _compiled if compiled else _as_it_is
        decoder = TorchDecoder(captioner.decoder, device, wrap(captioner.decoder, dynamic=True))
        writer = CaptionWriter(
            encoder(wrap(captioner.encoder), device),
            decoder,
            None,
            vocabulary,
            settings,  # type: ignore[arg-type]
        )
        return partial(captions, encoder(wrap(heard), device), writer)

    ours = CaptionWriter(first, second, None, vocabulary, settings)
    size = sum(weight.numel() for part in (heard, captioner) for weight in part.parameters())
    return Network(
        f"core pack {pack.version}, {size / 1e6:.1f} M weights, the shipped ones",
        {"ours": partial(captions, music, ours), "torch eager": of_torch(False), "torch.compile": of_torch(True)},
    )


def alcap(clips: np.ndarray, device: str, folder: Path, sizes: dict[str, Any]) -> Network:
    """Give an ALCAP of weights at random, exported by our exporter; all clips and beams go through at once."""
    checkpoint, out = folder / "alcap.pt", folder / "alcap"
    _write_random(checkpoint, sizes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch and transformers warn of deprecations of their own
        logging.disable(logging.WARNING)
        export_system("alcap", checkpoint, out, precisions=("fp32", *HALVES[device]), say=lambda line: None)
        logging.disable(logging.NOTSET)
    packs = {precision: SystemPack(out, device, precision, threads=1) for precision in ("fp32", *HALVES[device])}
    system, settings, state = load_system(checkpoint, registry.find("alcap"))
    plan = plan_of("alcap", system, settings, state, Material())
    assert plan.captions is not None
    caption = plan.captions.settings
    modules = {each.name: each.module.to(device) for each in plan.graphs}
    outputs = next(each.outputs for each in plan.graphs if each.name == "caption_encoder")

    def inputs(count: int) -> dict[str, np.ndarray]:
        ids = np.tile(np.array([[caption["begin"], caption["end"]]], np.int64), (count, 1))
        return {
            "audio": clips[:count], "has_audio": np.ones(count, np.float32), "lyrics": ids,
            "lyrics_mask": np.ones(ids.shape, np.float32), "has_lyrics": np.zeros(count, np.float32),
        }  # fmt: skip

    def ours(pack: SystemPack, count: int, beams: int) -> list[tuple[int, ...]]:
        return [each.ids for each in pack.captions(beams=beams, **inputs(count))]

    def of_torch(compiled: bool) -> Captions:
        wrap = _compiled if compiled else _as_it_is
        module, step = modules["caption_encoder"], modules["caption_decoder"]
        encode, decoder = encoder(wrap(module), device), TorchDecoder(step, device, wrap(step, dynamic=True))

        def captions(count: int, beams: int) -> list[tuple[int, ...]]:
            encoded = dict(zip(outputs, encode(**inputs(count)), strict=True))
            return [each.ids for each in beam_search(decoder, caption, encoded, beams)]

        return captions

    size = sum(weight.numel() for weight in system.parameters())
    return Network(
        f"ALCAP, {size / 1e6:.1f} M weights at random, {caption['longest']} tokens",
        {
            "ours": partial(ours, packs["fp32"]), "torch eager": of_torch(False), "torch.compile": of_torch(True),
            **{f"ours, {each}": partial(ours, packs[each]) for each in HALVES[device]},
        },
        loose=tuple(f"ours, {each}" for each in HALVES[device]),
    )  # fmt: skip


def _write_random(path: Path, sizes: dict[str, Any]) -> None:
    settings = AlcapSettings.model_validate(
        {
            "model": sizes,
            "data": {"excerpt": SECONDS, "lyrics_tokens": 24, "caption_tokens": LONGEST + 1},
            "evaluation": {"beams": 5, "sentences": None},
        }
    )
    tokenizer = tokens.learn_pieces(TEXTS, WORDS)
    config = make_config(settings.model.bart, tokenizer)
    config.vocab_size = WORDS
    state = {"tags": ["calm"], "tokenizer": tokens.to_state(tokenizer), "bart": config.to_dict()}
    torch.manual_seed(0)
    system = registry.find("alcap").build(settings, state)
    assert isinstance(system, Alcap)
    stated = settings.model_dump(mode="json")
    write_checkpoint(path, Checkpoint("alcap", stated, state, ["caption"], system.state_dict()))


def _compiled(module: Any, dynamic: bool | None = None) -> Any:
    return torch.compile(module, dynamic=dynamic)


def _as_it_is(module: Any, dynamic: bool | None = None) -> Any:
    return module
