"""Asking a library in one line."""

from __future__ import annotations

from collections.abc import Iterable

from fakes import FakeEngine

from plugin.library.store import Library
from plugin.suggest.query import Query
from plugin.suggest.suggester import Suggester
from plugin.suggest.suggestion import Suggestion


def ask(library: Library, engine: FakeEngine, **question: object) -> tuple[Suggestion, ...]:
    return Suggester(library, engine).suggest(Query(**question)).results


def names(results: Iterable[Suggestion]) -> list[str]:
    return [result.track.name for result in results]
