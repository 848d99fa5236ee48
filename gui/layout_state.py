"""How the user arranged the window: kept when it closes, taken up when it opens again."""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path

from PyQt6.QtCore import QByteArray
from PyQt6.QtWidgets import QMainWindow, QSplitter

from gui.find.results import ResultsView
from plugin.paths import atomic_write, data_dir


def layout_path() -> Path:
    """Give the file of the arrangement."""
    return data_dir() / "panel-layout.json"


class Layout:
    """Size and place of the window, the share of its sides, the columns of the results.

    Parameters
    ----------
    path : pathlib.Path
    window : QMainWindow
    sides : QSplitter
    results : ResultsView
    """

    def __init__(self, path: Path, window: QMainWindow, sides: QSplitter, results: ResultsView) -> None:
        self._path, self._window, self._sides, self._results = path, window, sides, results

    def restore(self) -> None:
        """Arrange the window as it was; what cannot be read, or is of another version, leaves it as it comes."""
        try:
            kept = {name: base64.b64decode(text) for name, text in json.loads(self._path.read_text("utf-8")).items()}
        except (OSError, ValueError, AttributeError, TypeError, binascii.Error):
            return  # nothing is lost: an arrangement is not the user's work
        self._window.restoreGeometry(QByteArray(kept.get("window", b"")))
        self._sides.restoreState(QByteArray(kept.get("sides", b"")))
        self._results.restore_columns(kept.get("columns", b""))

    def save(self) -> None:
        """Keep the arrangement.

        Raises
        ------
        OSError
            The disk does not take it.
        """
        parts = {"window": self._window.saveGeometry().data(), "sides": self._sides.saveState().data(),
                 "columns": self._results.column_state()}  # fmt: skip
        text = json.dumps({name: base64.b64encode(part).decode() for name, part in parts.items()})
        atomic_write(self._path, text.encode())
