"""Holds the settings that are in use, tells who asks when they change, and keeps them on disk."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

from PyQt6.QtCore import QObject, pyqtSignal

from gui.models.settings import Settings, changed, save_settings
from gui.tasks import Tasks
from plugin.errors import InputError


class SettingsKeeper(QObject):
    """The one owner of the settings.

    Parameters
    ----------
    settings : Settings
        As they were loaded.
    path : pathlib.Path
        Where they are kept.
    tasks : Tasks
        Changes are written by its threads.

    Signals
    -------
    changed : Settings
        They are others now.
    problem : str
        A value was refused, or the disk does not take them.
    """

    changed = pyqtSignal(object)
    problem = pyqtSignal(str)

    def __init__(self, settings: Settings, path: Path, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = self._written = settings
        self._path, self._tasks = path, tasks
        self._writing = threading.Lock()

    def change(self, **values: Any) -> bool:
        """Change values by name, all or none; says whether they were taken."""
        new = self.settings
        try:
            for name, value in values.items():
                new = changed(new, name, value)
        except InputError as error:
            self.problem.emit(str(error))
            return False
        self.replace(new)
        return True

    def replace(self, settings: Settings) -> None:
        """Use other settings from now on."""
        if settings != self.settings:
            self.settings = settings
            self.changed.emit(settings)
            self._tasks.run_task(self._write, lambda _: None, lambda error: self.problem.emit(str(error)))

    def shut_down(self) -> None:
        """Write what no thread has come to write; for the end of the panel."""
        try:
            self._write()
        except InputError as error:
            print(f"cuefinder: error: {error}", file=sys.stderr)

    def _write(self) -> None:
        """Write the settings as they are when the disk is free, so that no older ones come after them."""
        with self._writing:
            settings = self.settings
            if settings != self._written:
                save_settings(settings, self._path)
                self._written = settings
