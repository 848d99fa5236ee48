"""The work behind the page of stems: listening, planning, changing, undoing.

What it needs is imported by the methods, as the window does not wait for that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from gui.models.cancellation import Cancellation
from gui.models.engines import Engines
from gui.models.hosts import HostService
from gui.models.stems import Heard, SessionOf, Source
from plugin import filetags
from plugin.errors import printable

if TYPE_CHECKING:
    from plugin.cli.support.sessions import SessionStems

OnStep = Callable[[int, int, str], None]
"""Told of each step with its number from 0 up, their count, and the name of what is at hand."""


@dataclass(frozen=True, slots=True)
class Done:
    """What was done to files: in words, their old and new paths, and a line for each one that was left as it was."""

    text: str
    moved: list[tuple[Path, Path]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class StemService:
    """The work behind the page; every call may take long and belongs on a worker thread.

    Parameters
    ----------
    engines : Engines
    library : pathlib.Path
        The journals of changes lie beside it.
    hosts : HostService
    """

    def __init__(self, engines: Engines, library: Path, hosts: HostService) -> None:
        self._engines, self._library, self.hosts = engines, library, hosts

    def listen(self, source: Source, on_step: OnStep, cancellation: Cancellation) -> Heard:
        """Listen to all stems of a source.

        Raises
        ------
        CuefinderError, BridgeError
            The models cannot be loaded, or the host is gone; a stem that cannot be heard is only listed.
        CancelledError
            The user ended it.
        """
        from plugin.cli.support.sessions import listen_to_session
        from plugin.stems.folder import find_files, listen_to_files

        engine = self._engines.engine(cancellation)

        def step(number: int, count: int, name: str) -> None:
            cancellation.check()
            on_step(number, count, name)

        if isinstance(source, SessionOf):
            session = listen_to_session(engine, lambda work: self.hosts.look(source.host, work), step)
            return Heard(source, session=session, problems=[f"{name}: {reason}" for name, reason in session.problems])
        files, unread = find_files([source.place])
        folder = listen_to_files(engine, files, lambda number, path: step(number, len(files), path.name))
        return Heard(source, folder=folder, problems=_lines([*unread, *folder.problems]))

    def plan(
        self, heard: Heard, paths: list[Path | None], *, tags: bool, overwrite: bool
    ) -> tuple[list[filetags.Change], list[str]]:
        """Say what applying would change in files, and which files cannot be changed."""
        from plugin.stems.folder import plan_changes

        assert heard.folder is not None
        changes, problems = plan_changes(heard.folder, paths, tags=tags, overwrite=overwrite)
        return changes, _lines(problems)

    def apply(self, changes: list[filetags.Change], on_step: OnStep, cancellation: Cancellation) -> Done:
        """Change files; those that cannot be changed are only listed."""
        done = 0

        def step(change: filetags.Change) -> None:
            nonlocal done
            if not cancellation.cancelled:
                on_step(done, len(changes), change.path.name)
            done += 1

        # A stopped run ends between two files, and what it did until then can be taken back.
        report = filetags.write(_until(changes, cancellation), filetags.journal_folder(self._library), step)
        stopped = f"; stopped before {len(changes) - done} more" if cancellation.cancelled else ""
        text = f"{len(report.written)} files changed{stopped}; Undo takes it back"
        return Done(text, report.written, _lines(report.problems))

    def apply_session(self, source: SessionOf, found: SessionStems, names: list[str | None]) -> Done:
        """Name and colour timeline tracks; a timeline file is saved to a new file beside it.

        Raises
        ------
        BridgeError
            The host is gone, or refuses it.
        """
        from plugin.cli.support.sessions import edit_session

        done: str = self.hosts.change(source.host, lambda host: edit_session(host, found, names))
        if source.is_file and any(names):
            done = f"{done}: written to {printable(self.hosts.save(source.host))}"
        return Done(done)

    def undo_session(self, source: SessionOf) -> Done:
        """Take the host's last change back if it was ours; raises `BridgeError` otherwise."""
        done = self.hosts.undo(source.host)
        return Done(f"{done}; the file that was written stays" if source.is_file else done)

    def undo_files(self) -> Done:
        """Take the newest change of files back; those that cannot be restored are only listed.

        Raises
        ------
        InputError
            There is nothing to take back.
        """
        report = filetags.undo(filetags.journal_folder(self._library))
        text = f"{len(report.restored)} files are as they were before"
        return Done(text, report.restored, _lines(report.problems))

    def can_undo(self) -> bool:
        """Whether a change of files can be taken back."""
        return bool(filetags.journals(filetags.journal_folder(self._library)))


def _until(changes: Iterable[filetags.Change], cancellation: Cancellation) -> Iterable[filetags.Change]:
    for change in changes:
        if cancellation.cancelled:
            return
        yield change


def _lines(problems: Iterable[tuple[Path, str]]) -> list[str]:
    return [f"{printable(path)}: {reason}" for path, reason in problems]
