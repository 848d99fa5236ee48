"""Stems in the panel: what is listed, and the names that are proposed or that the user writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from plugin.errors import InputError
from plugin.stems import FILE_TEMPLATE, ROLES, TRACK_TEMPLATE, Stem, Template, file_names, track_names
from plugin.stems.naming import check_file_name, free_names

if TYPE_CHECKING:
    from plugin.cli.support.sessions import SessionStems
    from plugin.stems.folder import StemFolder


@dataclass(frozen=True, slots=True)
class Folder:
    """Files as the source of stems."""

    place: Path


@dataclass(frozen=True, slots=True)
class SessionOf:
    """A connected host as the source of stems."""

    host: int
    title: str
    is_file: bool = False


Source = Folder | SessionOf


@dataclass(slots=True)
class Heard:
    """The stems of a source, listed by role; one of `folder` and `session` is set."""

    source: Source
    folder: StemFolder | None = None
    session: SessionStems | None = None
    problems: list[str] = field(default_factory=list)

    @property
    def stems(self) -> list[Stem]:
        """What the stems are."""
        found = self.folder or self.session
        return [] if found is None else found.stems

    @property
    def originals(self) -> list[str]:
        """Their names: of files without the suffix."""
        if self.folder is not None:
            return [path.stem for path in self.folder.paths]
        return self.session.names if self.session is not None else []


class StemList:
    """The rows of the table: what was heard, and a name for each stem.

    A name that the user writes stays when the template changes; None leaves a stem its name.
    """

    def __init__(self) -> None:
        self.heard: Heard | None = None
        self.template = Template(FILE_TEMPLATE)
        self._written: dict[int, str] = {}
        self._names: list[str | None] = []

    def replace(self, heard: Heard, template: Template) -> None:
        """Show another source."""
        self.heard, self._written = heard, {}
        self.set_template(template)

    def move(self, files: list[tuple[Path, Path]]) -> None:
        """Take note of files that have new names now."""
        if self.heard is not None and self.heard.folder is not None:
            self.heard.folder = self.heard.folder.moved(files)
            self._written = {}
            self._propose()

    def set_template(self, template: Template) -> None:
        """Propose names anew."""
        self.template = template
        self._propose()

    def write_name(self, place: int, text: str) -> None:
        """Take the user's own name for a stem; an empty one leaves the proposal.

        Raises
        ------
        InputError
            No file can have this name.
        """
        text = text.strip()
        if not text:
            self._written.pop(place, None)
        else:
            self._written[place] = check_file_name(text) if self.heard and self.heard.folder else text
        self._propose()

    def name(self, place: int) -> str | None:
        """The name that a stem would get, of files without the suffix."""
        return self._names[place]

    @property
    def names(self) -> list[str | None]:
        """All names, in the order of the stems."""
        return list(self._names)

    def groups(self) -> list[tuple[str, list[int]]]:
        """Roles that there are, each with the places of its stems."""
        stems = self.heard.stems if self.heard else []
        places = {role: [place for place, stem in enumerate(stems) if stem.role == role] for role in ROLES}
        return [(role, found) for role, found in places.items() if found]

    def paths(self) -> list[Path | None]:
        """New paths of files, None where one keeps its name."""
        assert self.heard is not None and self.heard.folder is not None
        folder = self.heard.folder
        return free_names(self._names, folder.paths, folder.taken)

    def bleed(self, place: int) -> str:
        """Where a stem's bleed comes from and how loud it is, "" without any."""
        if self.heard is None or (found := self.heard.stems[place].bleed) is None:
            return ""
        return f"{self.heard.originals[found.source]} {found.level_db:.0f} dB"

    def _propose(self) -> None:
        heard = self.heard
        if heard is None:
            self._names = []
        elif heard.folder is not None:
            proposed = file_names(heard.stems, heard.folder.paths, self.template)
            wanted = [self._written.get(place, name) for place, name in enumerate(proposed)]
            found = free_names(wanted, heard.folder.paths, heard.folder.taken)
            self._names = [None if path is None else path.stem for path in found]
        else:
            proposed = track_names(heard.stems, heard.originals, self.template)
            self._names = [self._written.get(place, name) for place, name in enumerate(proposed)]


def default_template(source: Source) -> str:
    """The template that suits files, or timeline tracks."""
    return FILE_TEMPLATE if isinstance(source, Folder) else TRACK_TEMPLATE


def check_template(text: str) -> Template:
    """Read a template as the user wrote it; raises `InputError`."""
    if not text.strip():
        raise InputError("the template is empty: write fields in braces, as {nn}_{role}_{instrument}")
    return Template(text.strip())
