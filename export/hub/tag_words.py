"""From the classes of a published tagger to words of the core pack's vocabulary."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from models.data.labels import teacher_map
from models.teachers.known import Tagger, tag_sets
from plugin.errors import InputError, printable
from plugin.pack import Tag, Vocabulary

SURE = 0.35
"""Score at which a class of a set that is not known is taken for certain: the usual one of `teacher_map.toml`."""
VOICES, INSTRUMENTAL = ("male vocals", "female vocals"), "instrumental"
LOOKED_AT = 3
"""Names at the end of a path that may say the data set: .../jamendo/musicnn/best_model.pth."""
Sources = Mapping[str, Mapping[int, float]]


@dataclass(frozen=True)
class Classes:
    """What a tagger's outputs stand for.

    Attributes
    ----------
    set_name : str
        "mtat", "jamendo" or "msd"; empty for classes of the user's own file.
    names : sequence of str
        In output order.
    """

    set_name: str
    names: Sequence[str]


def classes_of(tagger: Tagger, file: Path) -> Classes:
    """Find out what the outputs stand for.

    A text file of the checkpoint's name beside it says so, a class a line in output order. Without one it is told by
    the shapes or by the path, which names the data set where checkpoints lie as they were published.

    Parameters
    ----------
    tagger : Tagger
    file : Path
        Of the checkpoint.

    Raises
    ------
    InputError
        It cannot be known, or the number of classes is another one.
    """
    known, beside = tag_sets(), file.with_suffix(".txt")
    if beside.exists():
        found, told_by = _read(beside), printable(beside)
        name = next((name for name, names in known.items() if set(names) == set(found)), "")
    else:
        name = tagger.trained_on or _named(file)
        if not name:
            raise InputError(
                f"{printable(file)}: {tagger.family} of {tagger.classes} classes, but not which: write them into "
                f"{printable(beside.name)} beside it, a class a line in output order; or let its name hold one of "
                f"{', '.join(known)}, if it was trained on that"
            )
        found, told_by = known[name], name
    if len(found) != tagger.classes:
        raise InputError(
            f"{printable(file)}: {tagger.family} of {tagger.classes} classes, but {told_by} names {len(found)}; "
            f"write all of them into {printable(beside.name)} beside it, a class a line in output order"
        )
    return Classes(name, found)


def sources_of(classes: Classes, vocabulary: Vocabulary) -> dict[str, dict[int, float]]:
    """Outputs that speak for each word, with the score at which they are certain, in the vocabulary's order.

    Raises
    ------
    InputError
        No class is a word of the vocabulary.
    """
    places = {name: place for place, name in enumerate(classes.names)}
    found: dict[str, dict[int, float]] = {}
    if classes.set_name:
        chosen = teacher_map()[classes.set_name]
        for tag in vocabulary.tags:
            heard = {places[name]: sure for name, sure in chosen.get(tag.name, {}).items()}
            if heard:
                found[tag.name] = heard
        return found
    for tag in vocabulary.tags:
        words = {_plain(word) for word in (tag.name, *tag.synonyms)}
        if heard := {place: SURE for name, place in places.items() if _plain(name) in words}:
            found[tag.name] = heard
    if not found:
        raise InputError(f"none of the classes is a word that Cuefinder knows: {', '.join(classes.names[:5])} ...")
    return found


class Words(nn.Module):
    """Scores of classes [B, C] to scores of words [B, V].

    A class's word is its score over the score at which it is certain, at most 1; of several classes for a word the
    surest counts. Where singers' voices are among the words, "instrumental" is what they leave: so the core pack's
    tags were learnt (`models.data.labels`).
    """

    index: Tensor
    sure: Tensor

    def __init__(self, sources: Sources) -> None:
        super().__init__()
        most = max(map(len, sources.values()))
        rows = [[*heard.items()] for heard in sources.values()]
        filled = torch.tensor([(row * most)[:most] for row in rows])
        self.register_buffer("index", filled[..., 0].long())
        self.register_buffer("sure", filled[..., 1].float())
        self.names = list(sources)
        self.voices = [place for place, name in enumerate(self.names) if name in VOICES]
        if len(self.voices) == len(VOICES):
            self.names.append(INSTRUMENTAL)

    def forward(self, scores: Tensor) -> Tensor:
        """Give the scores of words, 0..1 each."""
        words = (scores[:, self.index] / self.sure).clamp(max=1.0).amax(-1)
        if len(self.names) == words.shape[1]:
            return words
        return torch.cat([words, 1.0 - words[:, self.voices].amax(-1, keepdim=True)], dim=1)

    def described(self, vocabulary: Vocabulary) -> list[Tag]:
        """The vocabulary's entries of the words, in output order."""
        tags = {tag.name: tag for tag in vocabulary.tags}
        return [tags[name] for name in self.names]


def _named(file: Path) -> str:
    """The one data set that the end of a path names; empty where none, or several."""
    parts = {part for name in file.parts[-LOOKED_AT:] for part in re.split(r"[^a-z]+", name.lower())}
    named = parts & tag_sets().keys()
    return named.pop() if len(named) == 1 else ""


def _read(path: Path) -> list[str]:
    try:
        lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise InputError(f"{printable(path)}: cannot be read ({error})") from error
    names = [line for line in lines if line]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"{printable(path)}: names {twice[0]!r} twice; write a class a line, in output order")
    return names


def _plain(word: str) -> str:
    """A class or word without the group before it and without signs: "genre---hip-hop" is "hip hop"."""
    return re.sub(r"[^a-z0-9&]+", " ", word.lower().split("---")[-1]).strip()
