"""The stems of a folder: its files, what each of them is, and what changing names and tags would do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from plugin.decode import AUDIO_SUFFIXES
from plugin.errors import InputError, printable
from plugin.filetags import Change, plan, wanted_fields
from plugin.library.scan import scan
from plugin.runtime.engine import Engine
from plugin.stems.effects import Effects
from plugin.stems.listening import listen
from plugin.stems.naming import Template, file_names, free_names, names_beside, numbered
from plugin.stems.stem import NAMELESS, SURE, Stem
from plugin.stems.together import compare

Problem = tuple[Path, str]


@dataclass
class StemFolder:
    """Files with what they are, listed by role.

    Attributes
    ----------
    paths : list of pathlib.Path
    stems : list of Stem
        In the order of `paths`; `Bleed.source` is a place in it.
    problems : list of (Path, str)
        Files that cannot be read, and why.
    taken : dict of pathlib.Path to set of str
        All names in the files' folders.
    """

    paths: list[Path] = field(default_factory=list)
    stems: list[Stem] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    taken: dict[Path, set[str]] = field(default_factory=dict)

    def moved(self, files: Iterable[tuple[Path, Path]]) -> StemFolder:
        """Give the folder after files were renamed, from old paths to new ones; others than its own do not matter."""
        new = {old: now for old, now in files if old in set(self.paths)}
        taken = {folder: set(names) for folder, names in self.taken.items()}
        for old, now in new.items():
            taken[old.parent].discard(old.name)
            taken[now.parent].add(now.name)
        return replace(self, paths=[new.get(path, path) for path in self.paths], taken=taken)


def find_files(places: Sequence[Path]) -> tuple[list[Path], list[Problem]]:
    """Give the sound files of folders, with what lies below them, in the order of their names; and what is not read."""
    found = scan(places, AUDIO_SUFFIXES)
    return sorted(found.files), found.problems


def listen_to_files(
    engine: Engine,
    files: Sequence[Path],
    on_file: Callable[[int, Path], None] = lambda number, path: None,
    effects: Effects | None = None,
) -> StemFolder:
    """Listen to files as to the stems of one session; those that cannot be read are listed.

    Parameters
    ----------
    on_file : callable
        Called before each file with its number from 0 up; what it raises ends the work and passes on.
    """
    paths: list[Path] = []
    stems: list[Stem] = []
    problems: list[Problem] = []
    for number, path in enumerate(files):
        on_file(number, path)
        try:
            stems.append(listen(engine, path, effects=effects))
        except InputError as error:
            problems.append((path, _reason(path, error)))
        else:
            paths.append(path)
    order = numbered(compare(stems))
    paths = [paths[n] for n in order]
    return StemFolder(paths, compare([stems[n] for n in order]), problems, names_beside(paths))


def propose(folder: StemFolder, template: Template) -> list[Path | None]:
    """Give new paths for the files, None where one keeps its name."""
    return free_names(file_names(folder.stems, folder.paths, template), folder.paths, folder.taken)


def plan_changes(
    folder: StemFolder, names: Sequence[Path | None], *, tags: bool, overwrite: bool = False
) -> tuple[list[Change], list[Problem]]:
    """Say what renaming files, and writing tags into them, would change.

    Parameters
    ----------
    names : sequence of Path or None
        New paths in the order of the folder; all None to rename nothing.
    tags : bool
        Whether tags are written.
    overwrite : bool
        Also fields that the user has filled.

    Returns
    -------
    list of Change
        Empty ones left out.
    list of (Path, str)
        Files whose tags cannot be written, and why; they are still renamed.
    """
    changes: list[Change] = []
    problems: list[Problem] = []
    for path, stem, new in zip(folder.paths, folder.stems, names, strict=True):
        wanted = wanted_for(stem) if tags else {}
        try:
            change = plan(path, wanted, overwrite=overwrite, rename_to=new)
        except InputError as error:
            problems.append((path, _reason(path, error)))
            if new is None or not wanted or not path.exists():
                continue
            change = plan(path, {}, rename_to=new)
        if not change.is_empty or change.kept:
            changes.append(change)
    return changes, problems


def wanted_for(stem: Stem) -> dict[str, tuple[str, ...]]:
    """Give the fields that a stem's tags are written into; none for stems that are unknown or silent."""
    if stem.role in NAMELESS:
        return {}
    sure = [tag for tag in stem.tags if tag.score >= SURE]
    return wanted_fields(sure, tempo=stem.tempo, key=stem.key, caption=stem.caption, role=stem.role)


def _reason(path: Path, error: InputError) -> str:
    return str(error).removeprefix(f"{printable(path)}: ")
