"""What was done to files, kept so that it can be taken back: one file of JSON lines for each go."""

from __future__ import annotations

import json
import os
import secrets
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from plugin.errors import InputError, printable
from plugin.filetags.delta import Recipe
from plugin.paths import atomic_write

SUFFIX = ".jsonl"


@dataclass(frozen=True)
class Step:
    """One file's change.

    Attributes
    ----------
    before, after : pathlib.Path
        Its names.
    digest_before, digest_after : str
        SHA-256 of its content; "" where only the name changed.
    times : tuple of int
        Its times of access and change before, nanoseconds.
    recipe : Recipe or None
        How the old content is made from the new one; None where only the name changed.
    """

    before: Path
    after: Path
    digest_before: str
    digest_after: str
    times: tuple[int, int]
    recipe: Recipe | None

    def as_json(self) -> dict[str, Any]:
        """Give it as values that JSON can hold."""
        return {
            "before": os.fspath(self.before), "after": os.fspath(self.after), "digest_before": self.digest_before,
            "digest_after": self.digest_after, "times": list(self.times),
            "recipe": None if self.recipe is None else self.recipe.as_json(),
        }  # fmt: skip

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Step:
        """Read what `as_json` gave."""
        recipe = values["recipe"]
        access, change = values["times"]
        return cls(Path(values["before"]), Path(values["after"]), values["digest_before"], values["digest_after"],
                   (int(access), int(change)), None if recipe is None else Recipe.from_json(recipe))  # fmt: skip


class JournalWriter:
    """Writes a new journal; its file is made with the first line.

    Parameters
    ----------
    folder : pathlib.Path
        Made if needed.

    Attributes
    ----------
    id : str
    is_begun : bool
        Whether there is a step in it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.is_begun = False
        self.id = f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{secrets.token_hex(2)}"

    def add(self, step: Step) -> None:
        """Note a step that is about to be done; it is on the disk when this returns.

        Raises
        ------
        OSError
            The disk does not take it: the step must not be done.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        append(self._folder / f"{self.id}{SUFFIX}", step.as_json())
        self.is_begun = True


def append(path: Path, values: dict[str, Any]) -> None:
    """Add a line of JSON to a file; a line that the disk does not take whole is taken away again."""
    with path.open("ab") as file:
        size = file.tell()
        try:
            file.write(json.dumps(values).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            os.truncate(path, size)
            raise


def journal_folder(library: Path) -> Path:
    """Give the folder of a library's journals, beside it; it may not exist yet."""
    return library.with_name(f"{library.name}.changes")


def journals(folder: Path) -> list[str]:
    """Give the journals that can be taken back, the newest first."""
    found = sorted(folder.glob(f"*{SUFFIX}"), reverse=True) if folder.is_dir() else []
    return [path.stem for path in found if not _is_undone(path)]


def read_journal(folder: Path, id: str) -> list[Step]:
    """Read the steps of a journal.

    Raises
    ------
    InputError
        There is no such journal, it was taken back already, or it is damaged.
    """
    path = folder / f"{id}{SUFFIX}"
    if Path(id).name != id or not path.is_file():
        known = ", ".join(journals(folder)[:5]) or "none"
        raise InputError(f"there is no journal {id} beside the library; those that can be taken back: {known}")
    if _is_undone(path):
        raise InputError(f"the changes of {id} were taken back already")
    try:
        return [Step.from_json(json.loads(line)) for line in path.read_bytes().splitlines()]
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        raise InputError(f"{printable(path)}: the journal is damaged, so nothing was taken back") from error


def mark_undone(folder: Path, id: str) -> None:
    """Note that a journal has been taken back: its name says so."""
    path = folder / f"{id}{SUFFIX}"
    path.rename(path.with_name(f"{id}.undone{SUFFIX}"))


def drop_steps(folder: Path, paths: Collection[Path]) -> None:
    """Take out of all journals what was done to files; that cannot be undone any more.

    Raises
    ------
    OSError
        A journal cannot be written anew.
    """
    names = {json.dumps(os.fspath(path)) for path in paths}
    for journal in folder.glob(f"*{SUFFIX}") if folder.is_dir() else ():
        lines = journal.read_bytes().splitlines(keepends=True)
        kept = [line for line in lines if not _names_any(line.decode(errors="replace"), names)]
        if not kept:
            journal.unlink()
        elif len(kept) < len(lines):
            atomic_write(journal, b"".join(kept))


def _names_any(line: str, names: Collection[str]) -> bool:
    return any(name in line for name in names)


def _is_undone(path: Path) -> bool:
    return path.stem.endswith(".undone") or path.with_name(f"{path.stem}.undone{SUFFIX}").exists()
