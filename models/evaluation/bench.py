"""What all parts of the evaluation share: the corpus, the networks, and what they hear in the tested items."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn

from models.data.corpus import REAL, Corpus, load_corpus
from models.data.hearing import MEL_STEP
from models.data.items import Item
from models.data.tokenizer import BEGIN, END, load_tokenizer, pad
from models.data.vocabulary import load_vocabulary
from models.nets.captioner import Captioner
from models.nets.music import MusicEncoder
from models.nets.text import JOINT, TextEncoder
from models.nets.video import VideoEncoder
from models.training.checkpoint import load_checkpoint
from models.training.music import Student
from plugin.errors import InputError
from plugin.runtime.engine import Engine, MusicFeatures, same_recording

Net = TypeVar("Net", bound=nn.Module)
BATCH = 64
SAME = 0.02
"""Largest difference of tag scores between a network and its graph, whose weights are of 16 bits."""


@dataclass
class Heard:
    """What the music encoder says of segments: scores [S, V], embeddings [S, 256], latents float16 [S, 20, 256]."""

    scores: np.ndarray
    embeddings: np.ndarray
    latents: np.ndarray


def untouched(item: Item) -> bool:
    """Whether nothing was learnt from an item and nothing calibrated on it."""
    return item.held_out and not item.calibrates


def load_final(cls: type[Net], path: Path) -> Net:
    """Restore a network that `models.training.finish` saved."""
    state = torch.load(path, weights_only=True, map_location="cpu")
    module = cls(**state["config"])
    module.load_state_dict(state["model"])
    return module.eval()


@torch.inference_mode()
def hear(music: MusicEncoder, mel: np.ndarray) -> Heard:
    """Run the music encoder on spectrograms int8 [S, 80, 400]."""
    scores, embeddings, latents = [], [], []
    for start in range(0, len(mel), BATCH):
        part = torch.from_numpy(mel[start : start + BATCH].astype(np.float32) * MEL_STEP)
        logits, embedding, states = music.from_mel(part)
        scores.append(torch.sigmoid(logits).numpy())
        embeddings.append(embedding.numpy())
        latents.append(music.latents(states).half().numpy())
    return Heard(np.concatenate(scores), np.concatenate(embeddings), np.concatenate(latents))


def subset(corpus: Corpus, kept: np.ndarray) -> Corpus:
    """A corpus of the items that `kept` (bool [T]) marks, numbered anew."""
    rows = np.flatnonzero(kept[corpus.track])
    names = ("mel", "target", "weight", "taught", "yamnet", "onset", "chroma", "tempo", "key")
    places = np.cumsum(kept) - 1
    return replace(corpus, **{name: getattr(corpus, name)[rows] for name in names}, track=places[corpus.track[rows]],
                   items=[item for item, keep in zip(corpus.items, kept, strict=True) if keep],
                   truths=[corpus.truths[row] for row in rows])  # fmt: skip


def columns(*groups: str) -> np.ndarray:
    """Places of the tags of some groups in the vocabulary, int [n]."""
    return np.flatnonzero(np.isin(load_vocabulary().groups, groups))


def middle(track: np.ndarray, tracks: int) -> np.ndarray:
    """Row of the middle segment of each track, int [T]; `track` int [S] is in rising order."""
    rows = [np.flatnonzero(track == number) for number in range(tracks)]
    return np.array([row[len(row) // 2] for row in rows])


def another_has(owners: Mapping[str, list[np.ndarray]], vector: np.ndarray, sentence: str) -> bool:
    """Whether a sentence is that of a recording other than the one with a unit vector [256]."""
    return any(not same_recording(vector, other) for other in owners.get(sentence, ()))


class Bench:
    """The corpus and the trained networks, read when first asked for.

    Parameters
    ----------
    data : Path
        Folder of the developers' data.
    work : Path
        Folder of the corpus and of the trained networks.
    pool : int
        Made tracks to test on.
    pack : Path, optional
        The pack exported from `work`, whose captions are measured as users get them, beam search and all; without it
        the greedy ones of the network are.
    """

    def __init__(self, data: Path, work: Path, *, pool: int = 500, pack: Path | None = None) -> None:
        self.data, self.work, self.pool, self.pack = data, work, pool, pack

    @cached_property
    def corpus(self) -> Corpus:
        """All items, those learnt from as well."""
        return load_corpus(self.work)

    @cached_property
    def tested(self) -> Corpus:
        """The items that nothing was learnt from and nothing was calibrated on."""
        return subset(self.corpus, np.array([untouched(item) for item in self.corpus.items]))

    @cached_property
    def heard(self) -> Heard:
        """What the music encoder says of all segments of `tested`."""
        return hear(self.music, self.tested.mel)

    def recordings(self) -> dict[str, np.ndarray]:
        """Numbers of the tracks of `tested` that are recordings: int [T] by a name for them."""
        test = np.array([item.test_only for item in self.tested.items])
        real = self.tested.kinds == REAL
        return {"test recordings": np.flatnonzero(test), "other held-out recordings": np.flatnonzero(real & ~test)}

    @cached_property
    def music(self) -> MusicEncoder:
        """The music encoder as packed."""
        return load_final(MusicEncoder, self.work / "music-final.pt")

    @cached_property
    def student(self) -> Student:
        """The music encoder with the heads that the teachers taught."""
        model = Student(len(load_vocabulary()))
        load_checkpoint(self.work / "music.pt", model)
        return model.eval()

    @cached_property
    def text(self) -> TextEncoder:
        """The text encoder as packed."""
        return load_final(TextEncoder, self.work / "text-final.pt")

    @cached_property
    def video(self) -> VideoEncoder:
        """The video encoder as packed."""
        return load_final(VideoEncoder, self.work / "video-final.pt")

    @cached_property
    def captioner(self) -> Captioner:
        """The captioner as packed."""
        return load_final(Captioner, self.work / "captioner-final.pt")

    @cached_property
    def settings(self) -> dict[str, Any]:
        """The pack's settings: tags with thresholds, key profiles, provenance."""
        settings: dict[str, Any] = json.loads((self.work / "pack.json").read_text(encoding="utf-8"))
        return settings

    @torch.inference_mode()
    def words(self, texts: list[str]) -> np.ndarray:
        """Joint-space vectors float32 [N, 256] of texts."""
        tokenizer, most = load_tokenizer(self.work / "tokenizer.json"), self.text.config["max_tokens"]
        ids = [np.array(e.ids[:most], np.int64) for e in tokenizer.encode_batch(texts)]
        return torch.cat([self.text(pad(ids[i : i + BATCH]))[0] for i in range(0, len(ids), BATCH)]).numpy()

    @cached_property
    def engine(self) -> Engine:
        """The engine on the pack.

        Raises
        ------
        InputError
            The pack was exported from other networks.
        """
        if self.pack is None:
            raise ValueError("the bench has no pack")
        engine, audio = Engine(self.pack, device="cpu"), np.load(self.work / "parity_audio.npy")
        with torch.inference_mode():
            scores = self.music(torch.from_numpy(audio))[1].numpy()
        if np.abs(engine.music(audio).tags - scores).max() > SAME:
            raise InputError(f"{self.pack} was exported from other networks than those in {self.work}: run export.core")
        return engine

    def write(self, scores: np.ndarray, latents: np.ndarray, embeddings: np.ndarray | None = None) -> list[str]:
        """Captions of tag scores [N, V] and latents [N, 20, 256]: the engine's, or greedy ones without a pack.

        With the tracks' embeddings [N, 256] they are those of one library, where each recording has its own.
        """
        if self.pack is None:
            return self.greedy(scores, latents)
        none, owners = np.zeros(JOINT, np.float32), defaultdict[str, list[np.ndarray]](list)
        out = []
        for row, (score, latent) in enumerate(zip(scores, latents.astype(np.float32), strict=True)):
            vector = none if embeddings is None else embeddings[row]
            taken = None if embeddings is None else partial(another_has, owners, vector)
            out.append(self.engine.caption(MusicFeatures(vector[None], score[None], latent[None]), taken=taken))
            owners[out[-1]].append(vector)
        return out

    @torch.inference_mode()
    def greedy(self, scores: np.ndarray, latents: np.ndarray) -> list[str]:
        """Greedy captions of tag scores [N, V] and latents [N, 20, 256] by the network itself."""
        tokenizer = load_tokenizer(self.work / "captions.json")
        none = torch.zeros(1, 0, self.captioner.config["lyrics"]), torch.zeros(1, 0)
        out = []
        for score, latent in zip(scores.astype(np.float32), latents.astype(np.float32), strict=True):
            memory = self.captioner.encoder(torch.from_numpy(latent[None]), torch.from_numpy(score[None]), *none)
            out.append(" ".join(tokenizer.decode(self.captioner.greedy(memory, BEGIN, END)).split()))
        return out
