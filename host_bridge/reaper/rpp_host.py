"""A REAPER project file as a host: `RppHost`. Edits are in memory until `save` writes a new file beside the old one."""

from __future__ import annotations

from pathlib import Path

from host_bridge.errors import TimelineError
from host_bridge.files.editing import Editing
from host_bridge.files.formats import RPP, load, one_line
from host_bridge.files.host import FileHost
from host_bridge.files.same import missing
from host_bridge.reaper.rpp_file import RppDocument
from host_bridge.timeline import facts


class RppHost(FileHost):
    """A project of REAPER; what REAPER makes of the result was not tried with the real program.

    Parameters
    ----------
    path : Path
        A ``.rpp`` file.

    Raises
    ------
    TimelineError
        The file cannot be read.
    """

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() != RPP.suffix:
            raise TimelineError(path, f"projects of REAPER are {RPP.suffix} files")
        self.path = path.absolute()
        self.format, self.name, self.capabilities = RPP, RPP.title, RPP.capabilities
        self._rate = None
        self._open()

    def _open(self) -> None:
        self._data = load(self.path)
        document = open_project(self.path, self._data)
        timeline = document.timeline()
        facts(timeline).update({"host": self.name, "project": str(self.path)})
        self.version = document.written_by
        self._editing = Editing(self.name, timeline, fixed=document.fixed)

    def _write(self, folder: Path, shown: Path) -> bytes:
        document = open_project(self.path, self._data)
        for edit in self._editing.edits:
            document.apply(edit)
        return document.dump(folder)

    def _check(self, written: Path, shown: Path) -> None:
        found = open_project(written, load(written)).timeline()
        if lost := missing(self._editing.timeline, found, self._editing.edits):
            raise TimelineError(shown, f"{lost} did not come back from what was written; no file was made")


def open_project(path: Path, data: bytes) -> RppDocument:
    """Open a project.

    Raises
    ------
    TimelineError
        It is damaged, or none.
    """
    try:
        return RppDocument(data, path)
    except Exception as error:  # there is no end to what a damaged project leads to
        raise TimelineError(path, f"it is damaged, or no {RPP.title}: {one_line(error)}") from error
