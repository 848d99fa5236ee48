"""How timeline files are reached: `FilesIntegration`. There is nothing to install; the file is named in the command."""

from __future__ import annotations

import importlib
import shutil
from pathlib import Path

import opentimelineio as otio

from host_bridge.errors import HostError
from host_bridge.files.formats import FORMATS
from host_bridge.host import Host
from host_bridge.integration import Finding, Integration, Program, State

ADAPTERS = {
    "otio_cmx3600_adapter": "otio-cmx3600-adapter, for .edl",
    "otio_fcp_adapter": "otio-fcp-adapter, for Final Cut Pro 7 .xml",
    "otio_aaf_adapter": "otio-aaf-adapter, for .aaf",
    "aaf2": "pyaaf2, for .aaf",
}


class FilesIntegration(Integration):
    """Timeline files of all formats."""

    key = "files"
    title = "Timeline files"
    tested = "OpenTimelineIO 0.18; .mlt and .kdenlive with melt 7.12; the others by reading back, not in their editors"

    def program(self) -> Program | None:
        """OpenTimelineIO, which is part of Cuefinder."""
        return Program(otio.__version__, Path(otio.__file__).parent)

    def state(self) -> State:
        """There is nothing to install."""
        return State.NOT_NEEDED

    def doctor(self) -> list[Finding]:
        """Look for the adapters, and for melt."""
        found = [Finding(f"reads and writes {', '.join(one.suffix for one in FORMATS)}", True)]
        for module, title in ADAPTERS.items():
            try:
                importlib.import_module(module)
            except ImportError as error:
                found.append(Finding(title, False, f"install it with pip ({error})"))
            else:
                found.append(Finding(title, True))
        melt = shutil.which("melt")
        advice = "" if melt else "only to render .mlt and .kdenlive files: install the package melt"
        found.append(Finding(f"melt ({melt or 'not found'})", melt is not None, advice))
        return found

    def connect(self) -> Host:
        """Refuse: a file is named, not connected to."""
        raise HostError(self.title, "name the file: cuefinder timeline FILE")
