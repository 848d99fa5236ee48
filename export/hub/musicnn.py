"""Taggers of Won et al. 2020 from a file: Musicnn, FCN, CRNN, ShortChunkCNN, with tags in Cuefinder's words."""

from __future__ import annotations

import copy
import hashlib
import json
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from export.build import Say
from export.hub.checkpoint import short
from export.hub.part import PartPlan, source_digest, write_part
from export.hub.tag_words import Words, classes_of, sources_of
from export.hub.tagger_graph import Decibels, Tags, mel_of
from export.material import Material
from export.systems.base import FrontPlan, GraphPlan
from models.errors import CheckpointError
from models.metrics.agreement import agreement, chance_agreement
from models.teachers.known import Tagger, tagger_of
from plugin.errors import InputError, printable
from plugin.pack import Pack, Tag, Vocabulary
from plugin.runtime.session import Graph

RATE, SECONDS = 16_000, 10.0
THRESHOLD = 0.6
"""Share of certainty from which a word is shown; below 0.6, learning takes a tagger's word for half said."""
STEADY = 1e-4
"""Scores that vary less from piece to piece say nothing of the music."""
SETS_OF_MUSIC = 4
"""Of four made pieces each, for the usual scores and the agreement with the core pack."""


def build(source: str, out: Path, *, core: Path, say: Say) -> dict[str, Any]:
    """Write the part of a tagger's checkpoint; role tags.

    Parameters
    ----------
    source : str
        File of the checkpoint, a state dict; see `export.hub.tag_words.classes_of` for what its outputs stand for.
    out : Path
        Folder of the part.
    core : Path
        Folder of the core pack: its words are the part's, as far as a class speaks for them.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    InputError
        No such checkpoint, or it cannot be known what its outputs stand for.
    ParityError
        The graph differs from torch.
    """
    file = Path(source)
    tagger = load_tagger(file)
    classes = classes_of(tagger, file)
    pack = Pack(core)
    vocabulary = pack.vocabulary()
    sources = sources_of(classes, vocabulary)
    words, named = Words(sources), classes.set_name or "a list of the user's"
    spoken_for = f"{len(words.names)} of Cuefinder's {len(vocabulary.tags)} words"
    say(f"{tagger.family}, {tagger.classes} classes of {named}, for {spoken_for}")
    module = tags_module(tagger, words)
    try:
        entries, about = judged(module, words, pack, vocabulary)
    except ValueError as error:
        raise InputError(f"{printable(file)}: {error}") from error
    say(f"agreement with the core pack on made music: {about['across_pieces']:.2f} (pieces mixed up: "
        f"{about['chance']:.2f})")  # fmt: skip
    if about["across_pieces"] <= about["chance"]:
        say(f"no more than chance: was this checkpoint trained on the classes of {named}, in this order?")
    # The same weights with other words are another space: what was stored of tracks has other columns.
    digest = hashlib.sha256(json.dumps([source_digest(file), words.names, sources]).encode()).hexdigest()
    plan = PartPlan(
        "tagger",
        {"role": "tags", "rate": RATE, "segment_seconds": SECONDS},
        [tags_plan(tagger, module, words)],
        file,
        {"vocabulary.json": (json.dumps({"tags": entries}, indent=1) + "\n").encode()},
        (FrontPlan("log_mel", Decibels(mel_of(tagger.network)), lambda sound: _own_mel(tagger, sound)),),
        space=f"tagger-{digest[:12]}",
        provenance={
            "model": tagger.family, "classes": named,
            "agreement_with_the_core_pack": about, "checked_with": Material().about,
        },
    )  # fmt: skip
    return write_part(plan, out, say=say)


def load_tagger(file: Path) -> Tagger:
    """Read a checkpoint; nothing in it is run.

    Raises
    ------
    InputError
        It is missing, damaged, holds more than weights, or those of another network.
    """
    name = printable(file)
    if not file.is_file():
        raise InputError(f"{name}: no such file; give the .pth of a tagger")
    try:
        state = torch.load(file, weights_only=True, map_location="cpu")
    except pickle.UnpicklingError as error:
        raise InputError(f"{name}: holds more than weights, or is damaged; give a state dict (.pth)") from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise InputError(f"{name}: no checkpoint that torch can read ({short(error)})") from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise InputError(f"{name}: holds no state dict (names with weights)")
    try:
        return tagger_of(state)
    except CheckpointError as error:
        raise InputError(f"{name}: {error}") from error


def tags_module(tagger: Tagger, words: Words) -> Tags:
    """Give the module of the graph: the network with its transform as a convolution."""
    network = copy.deepcopy(tagger.network)
    network.spec = Decibels(mel_of(network))
    return Tags(network, tagger.chunk, words).eval()


def tags_plan(tagger: Tagger, module: Tags, words: Words) -> GraphPlan:
    """Plan the graph; it is compared with the published network, its own spectrogram included."""
    material = Material()
    real = material.sounds(RATE, SECONDS)
    examples = {"random": (material.noise(RATE, SECONDS),), "real": (real,), "real, one": (real[:1],)}
    return GraphPlan(
        "tags", module, ("audio",), ("tags",), examples, {"audio": {0: "batch"}},
        exact=("network.spec", "words"), own=Tags(tagger.network, tagger.chunk, words).eval(),
    )  # fmt: skip


def judged(
    module: Tags, words: Words, core: Pack, vocabulary: Vocabulary
) -> tuple[list[dict[str, Any]], dict[str, float]]:
    """Entries of vocabulary.json with usual scores, and how far made pieces are tagged as by the core pack.

    The usual scores come from made music, for want of other: they say how readily a word is given, no more.

    Raises
    ------
    ValueError
        The tags are the same whatever is heard.
    """
    sounds = np.concatenate([Material(seed=seed).sounds(RATE, SECONDS).numpy() for seed in range(SETS_OF_MUSIC)])
    with torch.inference_mode():
        scores = module(torch.from_numpy(sounds)).numpy()
    if scores.std(0).max() < STEADY:
        raise ValueError("gives all music the same tags; is it the checkpoint of a trained tagger?")
    heard = Graph(core.file("music.onnx"), "cpu", threads=1)(audio=sounds)[1]
    order = {tag.name: place for place, tag in enumerate(vocabulary.tags)}
    theirs = heard[:, [order[name] for name in words.names]]
    found, chance = agreement(scores, theirs), chance_agreement(scores, theirs)
    entries = [_entry(replace(tag, threshold=THRESHOLD, usual=round(float(usual), 4)))
               for tag, usual in zip(words.described(vocabulary), scores.mean(0), strict=True)]  # fmt: skip
    across, by_chance = round(float(found.across_tracks), 3), round(float(chance.across_tracks), 3)
    return entries, {"across_pieces": across, "chance": by_chance, "pieces": len(sounds)}


def _entry(tag: Tag) -> dict[str, Any]:
    return {"name": tag.name, "group": tag.group, "threshold": tag.threshold, "synonyms": list(tag.synonyms),
            "usual": tag.usual}  # fmt: skip


def _own_mel(tagger: Tagger, sound: npt.NDArray[np.float32]) -> npt.NDArray[Any]:
    with torch.inference_mode():
        made: npt.NDArray[Any] = mel_of(tagger.network)(torch.from_numpy(sound)[None])[0].numpy()
    return made
