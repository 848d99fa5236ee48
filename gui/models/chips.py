"""The parts of a question as chips: what each says, and the question without it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from gui.models.query import ClipRange, QueryDraft
from plugin.cli.support.units import clock
from plugin.errors import printable
from plugin.suggest.query import Filters

NAME_LENGTH = 28
"""Characters of a file's name in a chip."""

Kind = Literal["clip", "like", "unlike", "filter"]


@dataclass(frozen=True, slots=True)
class Chip:
    """A part of a question.

    Parameters
    ----------
    kind : str
    text, details : str
        What it says, and what its tooltip adds.
    without : QueryDraft
        The question when it is removed.
    aspect : str
        The aspect whose weight is set here; empty where there is none.
    """

    kind: Kind
    text: str
    details: str
    without: QueryDraft = field(compare=False)
    aspect: str = ""


def chips(draft: QueryDraft) -> list[Chip]:
    """List the parts of a question beside its words; the weight of all seeds is set at the first."""
    return [*_files(draft), *(Chip("filter", text, text, replace(draft, filters=rest))
                              for text, _, rest in filter_parts(draft.filters))]  # fmt: skip


def title(draft: QueryDraft) -> str:
    """Say a question in one line, for menus and lists."""
    words = draft.text.strip()
    return ", ".join(([words] if words else []) + [chip.text for chip in chips(draft)])


def clip_text(clip: ClipRange) -> str:
    """Say which clip, and which part of it."""
    name = shortened(clip.name or clip.path.name)
    if clip.end is not None:
        return f"{name} {clock(clip.start)}-{clock(clip.end)}"
    return f"{name} {clock(clip.start)}-" if clip.start else name


def shortened(name: str) -> str:
    """Give a name on one line, without its middle where it is long."""
    name = printable(name)
    if len(name) <= NAME_LENGTH:
        return name
    half = NAME_LENGTH // 2
    return f"{name[:half]}…{name[-half + 1 :]}"


def filter_parts(filters: Filters) -> Iterator[tuple[str, Filters, Filters]]:
    """Take filters apart: what each says, it alone, and all the others."""
    plain = Filters()

    def part(text: str, **values: object) -> tuple[str, Filters, Filters]:
        now = {name: getattr(filters, name) for name in values}
        off = {name: getattr(plain, name) for name in values}
        return text, replace(plain, **{**now, **values}), replace(filters, **off)

    if filters.tempo is not None:
        yield part(_tempo_text(*filters.tempo), tempo=filters.tempo)
    if filters.key is not None:
        yield part(filters.key, key=filters.key)
    if filters.min_length is not None or filters.max_length is not None:
        text = _length_text(filters.min_length, filters.max_length)
        yield part(text, min_length=filters.min_length, max_length=filters.max_length)
    if filters.vocal:
        yield part("vocal", vocal=True)
    if filters.instrumental:
        yield part("instrumental", instrumental=True)
    for name, sign in (("tags", ""), ("not_tags", "not ")):
        words: tuple[str, ...] = getattr(filters, name)
        for word in words:
            rest = tuple(other for other in words if other != word)
            yield f"{sign}{word}", replace(plain, **{name: (word,)}), replace(filters, **{name: rest})
    if filters.favourites:
        yield part("favourites", favourites=True)
    if filters.min_rating:
        yield part(f"{'★' * filters.min_rating} or better", min_rating=filters.min_rating)
    if filters.show_hidden:
        yield part("hidden too", show_hidden=True)


def _files(draft: QueryDraft) -> Iterator[Chip]:
    if draft.clip is not None:
        path = printable(draft.clip.path)
        yield Chip("clip", clip_text(draft.clip), path, replace(draft, clip=None), "video")
    aspect = "reference"
    kinds: tuple[tuple[Kind, tuple[Path, ...], str], ...] = (("like", draft.likes, "+"), ("unlike", draft.unlikes, "−"))
    for kind, seeds, sign in kinds:
        for seed in seeds:
            yield Chip(kind, f"{sign} {_name(seed)}", printable(seed), _unseeded(draft, seed), aspect)
            aspect = ""


def _name(seed: Path) -> str:
    return shortened(seed.stem)


def _unseeded(draft: QueryDraft, seed: Path) -> QueryDraft:
    likes, unlikes = (tuple(other for other in seeds if other != seed) for seeds in (draft.likes, draft.unlikes))
    return replace(draft, likes=likes, unlikes=unlikes)


def _tempo_text(low: float, high: float) -> str:
    if math.isinf(high):
        return f"from {low:g} BPM"
    return f"{low:g}-{high:g} BPM" if low else f"up to {high:g} BPM"


def _length_text(least: float | None, most: float | None) -> str:
    if most is None:
        return f"at least {clock(least or 0.0)}"
    return f"{clock(least)}-{clock(most)} long" if least else f"at most {clock(most)}"
