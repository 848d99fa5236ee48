"""The folders that the user keeps music in: what is indexed again by a click, and watched."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import delete, insert, select, update

from plugin.errors import InputError, printable
from plugin.library.beside import changing
from plugin.library.schema import roots as table
from plugin.library.store import Library


@dataclass(frozen=True, slots=True)
class Root:
    """A folder of the library.

    Parameters
    ----------
    path : pathlib.Path
        Its real path; it may be on a drive that is not there.
    watched : bool
        Whether changes below it are taken in as they happen.
    added_at, scanned_at : str
        ISO 8601 in UTC; ``scanned_at`` is None until it was walked to its end.
    """

    path: Path
    watched: bool
    added_at: str
    scanned_at: str | None

    @property
    def online(self) -> bool:
        """Whether the folder is there; asks the disk."""
        return self.path.is_dir()


def roots(library: Path) -> list[Root]:
    """List the folders, in the order of their paths; none where there is no library yet."""
    if not library.exists():
        return []
    with Library(library) as store, store.reading() as connection:
        rows = connection.execute(select(table).order_by(table.c.path)).all()
    return [Root(row.path, row.watched, row.added_at, row.scanned_at) for row in rows]


def add_root(library: Path, folder: Path, *, watched: bool = True) -> Root:
    """Remember a folder; makes the library where there is none.

    Folders do not overlap: one that lies in a known folder is a part of that one, and known folders that lie in the
    new one become parts of it.

    Returns
    -------
    Root
        The folder, or the known one in which it lies.

    Raises
    ------
    InputError
        It is no folder, or not there.
    StoreError
        The library cannot be written.
    """
    path = _real(folder)
    if path.is_file():
        raise InputError(f"{printable(folder)}: this is a file: choose the folder that holds it")
    if not path.is_dir():
        raise InputError(f"{printable(folder)}: there is no such folder: choose one that is there")
    with changing(library) as connection:
        known = [Root(row.path, row.watched, row.added_at, row.scanned_at) for row in connection.execute(select(table))]
        for root in known:
            if path.is_relative_to(root.path):
                return root
        inside = [root.path for root in known if root.path.is_relative_to(path)]
        connection.execute(delete(table).where(table.c.path.in_(inside)))
        root = Root(path, watched, _now(), None)
        connection.execute(insert(table).values(path=path, watched=watched, added_at=root.added_at))
    return root


def remove_root(library: Path, folder: Path) -> None:
    """Remember a folder no longer; its tracks stay in the library, and its files are not touched.

    Raises
    ------
    InputError
        The library does not know it.
    """
    with changing(library) as connection:
        found = connection.execute(delete(table).where(table.c.path == _known(folder)))
        _require(found.rowcount, folder)


def set_watched(library: Path, folder: Path, watched: bool) -> None:
    """Begin or end to watch a folder.

    Raises
    ------
    InputError
        The library does not know it.
    """
    with changing(library) as connection:
        found = connection.execute(update(table).where(table.c.path == _known(folder)).values(watched=watched))
        _require(found.rowcount, folder)


def note_scanned(library: Path, walked: Collection[Path]) -> None:
    """Note that folders were walked just now, to their ends and with all below them."""
    done = [root.path for root in roots(library) if any(root.path.is_relative_to(folder) for folder in walked)]
    if done:
        with changing(library) as connection:
            connection.execute(update(table).where(table.c.path.in_(done)).values(scanned_at=_now()))


def _known(folder: Path) -> Path:
    """Give the name by which a folder was remembered, also when a link to it or its drive is gone."""
    return folder if folder.is_absolute() and not folder.exists() else _real(folder)


def _real(folder: Path) -> Path:
    try:
        return folder.expanduser().resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: a link to itself
        raise InputError(f"{printable(folder)}: it cannot be found ({error}): choose another folder") from error


def _require(count: int, folder: Path) -> None:
    if not count:
        raise InputError(f"{printable(folder)}: it is no folder of the library: 'cuefinder library roots' lists them")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
