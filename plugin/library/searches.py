"""Questions that the user asked, and those kept under a name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from plugin.errors import InputError
from plugin.library.beside import changing
from plugin.library.schema import searches as table
from plugin.library.store import Library

KEPT = 1000
"""Questions of the history that are kept; the oldest go first."""


@dataclass(frozen=True, slots=True)
class Search:
    """A question as JSON values; ``name`` is None for one of the history. ``asked_at`` is ISO 8601 in UTC."""

    id: int
    name: str | None
    question: dict[str, Any]
    asked_at: str


def remember(library: Path, question: Mapping[str, Any]) -> None:
    """Put a question at the end of the history; the same question before moves there.

    Raises
    ------
    StoreError
        The library cannot be written.
    """
    text = _text(question)
    with changing(library) as connection:
        connection.execute(delete(table).where(table.c.name.is_(None), table.c.question == text))
        connection.execute(insert(table).values(question=text, asked_at=_now()))
        recent = select(table.c.id).where(table.c.name.is_(None)).order_by(table.c.id.desc()).limit(KEPT)
        connection.execute(delete(table).where(table.c.name.is_(None), table.c.id.not_in(recent)))


def history(library: Path, limit: int = 100) -> list[Search]:
    """Give past questions, the last one first."""
    return _read(library, table.c.name.is_(None), limit)


def save(library: Path, name: str, question: Mapping[str, Any]) -> None:
    """Keep a question under a name, in place of another of that name.

    Raises
    ------
    InputError
        The name is empty.
    StoreError
        The library cannot be written.
    """
    name = " ".join(name.split())
    if not name:
        raise InputError("a saved search needs a name")
    values = {"question": _text(question), "asked_at": _now()}
    with changing(library) as connection:
        statement = upsert(table).values(name=name, **values)
        connection.execute(statement.on_conflict_do_update(index_elements=[table.c.name], set_=values))


def saved(library: Path) -> list[Search]:
    """Give the searches that have a name, in the order of the names."""
    return sorted(_read(library, table.c.name.is_not(None)), key=lambda search: (search.name or "").casefold())


def remove(library: Path, search_id: int) -> None:
    """Drop a question; one that is gone already is no error.

    Raises
    ------
    StoreError
        The library cannot be written.
    """
    if library.exists():
        with changing(library) as connection:
            connection.execute(delete(table).where(table.c.id == search_id))


def _read(library: Path, condition: ColumnElement[bool], limit: int | None = None) -> list[Search]:
    if not library.exists():
        return []
    query = select(table).where(condition).order_by(table.c.id.desc()).limit(limit)
    with Library(library) as store, store.reading() as connection:
        rows = connection.execute(query).all()
    return [Search(row.id, row.name, json.loads(row.question), row.asked_at) for row in rows]


def _text(question: Mapping[str, Any]) -> str:
    return json.dumps(question, sort_keys=True)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
