"""A work folder and a data folder in small: random sounds, random teachers, random networks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
import torch

from models.data.companions import Companions, known_tags
from models.data.hearing import pack_mel
from models.data.items import Item
from models.data.labels import teacher_map
from models.data.pieces import Piece
from models.data.tokenizer import train_tokenizer
from models.data.vocabulary import load_vocabulary
from models.evaluation.bench import untouched
from models.nets.captioner import Captioner
from models.nets.music import MusicEncoder
from models.nets.text import TextEncoder
from models.nets.video import VideoEncoder
from models.teachers.panel import LONG, SHORT
from models.teachers.yamnet import MUSIC_CLASSES
from models.training.checkpoint import save_checkpoint
from models.training.corpus import write_npz
from models.training.finish import save_final
from models.training.key import START
from models.training.music import Student
from models.training.video import moods

SEGMENTS = 2
HEADER = "ytid,start_s,end_s,audioset_positive_labels,aspect_list,caption,author_id,is_balanced_subset,is_audioset_eval"
CAPTIONS = (
    ("piano", "sad", "This sad piano piece features strings."),
    ("rock", "drums", "This rock song features an electric guitar and drums."),
    ("calm", "flute", "A calm flute melody plays over soft strings."),
    ("jazz", "saxophone", "A jazz saxophone plays a happy melody."),
)


def numbered(kind: str, name: str, wanted: int, *, tested: bool = True) -> Iterator[Item]:
    """The first `wanted` items of a kind that are tested on, or that are learnt from."""
    for number in count():
        item = Item(kind, name.format(number))
        if untouched(item) if tested else not item.held_out:
            yield item
            wanted -= 1
        if not wanted:
            return


def tiny_items() -> list[Item]:
    """Items of every kind, tested on and learnt from."""
    return [
        *numbered("arranged", "rock#{}", 4), *numbered("arranged", "waltz#{}", 4), *numbered("sung", "pop#{}", 2),
        *numbered("stem", "program 56#{}", 2), *numbered("arranged", "house#{}", 4, tested=False),
        *numbered("recording", "/music/wesnoth/{}.ogg", 8), *numbered("recording", "/music/other/{}.ogg", 5),
        *numbered("recording", "/music/learnt/{}.ogg", 2, tested=False),
    ]  # fmt: skip


def truth_of(item: Item) -> dict[str, object]:
    """What is true of every segment of an item."""
    style = item.name.split("#")[0]
    if item.kind == "recording":
        return {}
    if item.kind == "stem":
        return {
            "instrument": {"trumpet": 1.0, "brass": 1.0},
            "vocal": "instrumental",
            "tempo": 100.0,
            "key": 0,
            "style": "x",
        }
    instruments = {"rock": {"drums": 1.0, "electric guitar": 0.6}, "waltz": {"violin": 1.0, "strings": 0.5},
                   "pop": {"piano": 1.0}, "house": {"drum machine": 1.0}}  # fmt: skip
    moods_ = {"rock": ["energetic"], "waltz": ["gentle", "romantic"], "pop": ["happy"], "house": ["groovy"]}
    return {"genre": [style], "mood": moods_[style], "instrument": instruments[style], "tempo": 120.0, "style": style,
            "vocal": "male vocals" if item.kind == "sung" else "instrumental", "key": 9}  # fmt: skip


def clicks(tempo: float, rng: np.random.Generator) -> np.ndarray:
    """Onset strength float [S, 1000] with a beat."""
    onset = rng.random(SEGMENTS * 1000) * 0.1
    onset[:: round(6000 / tempo)] = 1.0
    return onset.reshape(SEGMENTS, 1000)


def fake_piece(item: Item, *, soundfont: Path | None = None) -> Piece:
    """Stands for `models.data.pieces.make_piece`: quick noise with an arrangement's truth."""
    rng = np.random.default_rng(len(item.name))
    truth = truth_of(Item("arranged", "rock#0")) if item.kind == "arranged" else truth_of(item)
    return Piece(rng.integers(-9000, 9000, (SEGMENTS, 160_000)).astype(np.int16), [truth] * SEGMENTS)


class FakePanel:
    """Stands for the teachers."""

    def __init__(self) -> None:
        self.tags = tiny_classes()

    def short(self, segments: np.ndarray, chunks: int = 3) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(0)
        return {name: rng.random((len(segments), 50)).astype(np.float32) for name in SHORT}

    def yam(self, segments: np.ndarray) -> np.ndarray:
        return np.random.default_rng(1).random((len(segments), 521)).astype(np.float32)


def tiny_classes() -> dict[str, list[str]]:
    """Class names of the teachers: those that the map names, filled up."""
    out = {}
    for name in ("mtat", "jamendo", "msd"):
        named = list(dict.fromkeys(c for sources in teacher_map()[name].values() for c in sources))
        out[name] = [*named, *(f"other {i}" for i in range(50 - len(named)))]
    named = list(dict.fromkeys(c for sources in teacher_map()["yamnet"].values() for c in sources))
    yamnet = [f"other {i}" for i in range(521)]
    for place, name in zip(MUSIC_CLASSES[1:], named, strict=False):
        yamnet[place] = name
    return out | {"yamnet": yamnet}


def write_item(work: Path, item: Item, rng: np.random.Generator) -> None:
    """An item's file of features."""
    truths = np.array(json.dumps([truth_of(item)] * SEGMENTS))
    fields = {"name": np.array(item.name), "kind": np.array(item.kind), "truths": truths,
              "mel": pack_mel(rng.normal(0, 0.5, (SEGMENTS, 80, 400)).astype(np.float32)),
              "onset": clicks(float(truth_of(item).get("tempo", 90.0)), rng).astype(np.float16),
              "chroma": np.tile(np.roll(START["major"], 9), (SEGMENTS, 1)).astype(np.float16) / 42,
              "yamnet": rng.random((SEGMENTS, 521)).astype(np.float16)}  # fmt: skip
    asked = item.kind == "recording" or item.held_out
    for name in (*SHORT, *LONG):
        scores = rng.random((SEGMENTS, 50)) ** 3
        fields[name] = np.where(asked, scores, np.nan).astype(np.float16)
    write_npz(work / "corpus" / item.file, **fields)
    if item.kind != "stem":
        audio = rng.integers(-9000, 9000, (SEGMENTS, 160_000)).astype(np.int16)
        write_npz(
            work / "sounds" / item.file, name=np.array(item.name), kind=np.array(item.kind), audio=audio, truths=truths
        )


def write_work(work: Path) -> None:
    """A corpus and random networks."""
    rng = np.random.default_rng(0)
    for name in ("corpus", "sounds"):
        (work / name).mkdir(parents=True)
    for item in tiny_items():
        write_item(work, item, rng)
    vocabulary = load_vocabulary()
    known = known_tags()
    (work / "teachers.json").write_text(json.dumps(tiny_classes()))
    coefficients = np.zeros((known.sum() + 1, (~known).sum()), np.float32)
    companions = Companions(coefficients, np.full(len(known), 0.1, np.float32))
    np.savez(work / "companions.npz", **vars(companions))
    lines = [*vocabulary.names, *(caption[-1] for caption in CAPTIONS)] * 3
    for name in ("tokenizer", "captions"):
        train_tokenizer(lines, 500).save(str(work / f"{name}.json"))
    torch.manual_seed(0)
    tags = len(vocabulary)
    student = Student(tags).eval()
    save_checkpoint(work / "music.pt", student, 1.0)
    save_final(MusicEncoder(tags, channels=(4, 4, 8, 8)).eval(), work / "music-final.pt")
    save_final(TextEncoder(500, width=48, layers=1, heads=2), work / "text-final.pt")
    save_final(VideoEncoder(len(moods()), width=32), work / "video-final.pt")
    save_final(Captioner(500, tags, lyrics=48, width=32, heads=2, layers=1), work / "captioner-final.pt")
    (work / "pack.json").write_text(json.dumps({
        "tags": [{"name": name, "threshold": 0.5} for name in vocabulary.names],
        "moods": moods(), "keys": {mode: list(profile) for mode, profile in START.items()},
        "provenance": {"trained_by": "nobody", "hours_learnt_from": {"noise": 0.1}},
    }))  # fmt: skip


def write_data(data: Path) -> None:
    """MusicCaps in its own format: rows of both parts."""
    (data / "captions").mkdir(parents=True)
    lines = [HEADER]
    for number, (*aspects, caption) in enumerate(CAPTIONS * 2):
        lines.append(f'id{number},0,10,/m/1,"{aspects}","{caption}",1,False,{number >= len(CAPTIONS)}')
    (data / "captions/musiccaps.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
