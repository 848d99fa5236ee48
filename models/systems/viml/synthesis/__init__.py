"""Texts about music from tags, in the three ways of ViML (section 3.1): tags, data2text, prompt2text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from models.errors import ConfigError
from models.systems.viml.synthesis.base import Synthesiser, Tag, Tagged, select
from models.systems.viml.synthesis.data2text import Data2TextSynthesiser
from models.systems.viml.synthesis.prompt2text import Prompt2TextSynthesiser
from models.systems.viml.synthesis.settings import (
    Data2TextSettings,
    Prompt2TextSettings,
    SynthesisSettings,
    TagsSettings,
)
from models.systems.viml.synthesis.tags import TagsSynthesiser

KINDS: dict[str, tuple[Callable[[Any], Synthesiser], type[SynthesisSettings]]] = {
    "tags": (TagsSynthesiser, TagsSettings),
    "data2text": (Data2TextSynthesiser, Data2TextSettings),
    "prompt2text": (Prompt2TextSynthesiser, Prompt2TextSettings),
}

__all__ = ["KINDS", "Synthesiser", "Tag", "Tagged", "make", "select"]


def make(kind: str, **options: Any) -> Synthesiser:
    """Make a synthesiser.

    Parameters
    ----------
    kind : str
        tags, data2text or prompt2text.
    options
        Fields of its settings (`models.systems.viml.synthesis.settings`).

    Raises
    ------
    ConfigError
        For an unknown kind or option, or a checkpoint that cannot be had.
    """
    if kind not in KINDS:
        raise ConfigError(f"there is no text synthesis {kind!r}: choose one of {', '.join(KINDS)}")
    synthesiser, settings = KINDS[kind]
    try:
        return synthesiser(settings(**options))
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"text synthesis {kind}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from error
