"""Timeline files and cue sheets that the user names: in a dialog, or by dropping one onto the panel."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QCoreApplication, QMimeData
from PyQt6.QtWidgets import QFileDialog, QWidget

from gui.drops import dropped_files
from host_bridge.files.formats import FORMATS, RPP

TIMELINES = tuple(one.suffix for one in (*FORMATS, RPP))
"""Suffixes of the files that can be opened."""


def dropped_timeline(data: QMimeData | None) -> Path | None:
    """The first timeline file among what is dragged; None where there is none."""
    return next((path for path in dropped_files(data) if path.suffix.lower() in TIMELINES), None)


def ask_for_timeline(parent: QWidget) -> Path | None:
    """Let the user name a timeline file to open."""
    kinds = _tr("Timelines ({suffixes})").format(suffixes=" ".join(f"*{suffix}" for suffix in TIMELINES))
    name, _ = QFileDialog.getOpenFileName(parent, _tr("Open a timeline file"), "", kinds)
    return Path(name) if name else None


def ask_for_sheet(parent: QWidget) -> Path | None:
    """Let the user name a file for the cue sheet; without a suffix it gets that of the kind that was chosen."""
    kinds = _tr("Tables (*.csv);;Pages to print (*.html)")
    name, kind = QFileDialog.getSaveFileName(parent, _tr("Save the cue sheet"), "cue sheet.csv", kinds)
    if not name:
        return None
    out = Path(name)
    return out if out.suffix else out.with_name(f"{out.name}{'.html' if 'html' in kind else '.csv'}")


def _tr(text: str) -> str:
    return QCoreApplication.translate("TimelineFiles", text)
