"""What a state is shown on: a folder, models, settings and threads of its own, and the list of all states."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache, cached_property
from pathlib import Path

from PyQt6.QtCore import QEvent
from PyQt6.QtWidgets import QApplication, QWidget

from gui.models.engines import Engines
from gui.models.settings import Settings
from gui.settings.keeper import SettingsKeeper
from gui.tasks import Tasks
from plugin.errors import CuefinderError
from plugin.paths import HOME_VARIABLE, PACK_VARIABLE, pack_dir

WIDTH, HEIGHT = 1280, 720
PATIENCE = 120.0
"""Seconds that a state may take to come about."""

Show = Callable[["Stage"], QWidget]
STATES: dict[str, Show] = {}
"""All states by the name of their picture."""


def state(name: str) -> Callable[[Show], Show]:
    """Add a function to the states; it gives the widget to be pictured, in the state, and need not show it."""

    def add(show: Show) -> Show:
        STATES[name] = show
        return show

    return add


class Stage:
    """What states are made of.

    Parameters
    ----------
    folder : pathlib.Path
        Empty; for the library, the settings and whatever a state makes.

    Attributes
    ----------
    tasks : Tasks
    closing : contextlib.ExitStack
        Takes what must be shut down afterwards.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tasks = Tasks()
        self.closing = ExitStack()

    @property
    def engines(self) -> Engines:
        """The shipped models, on the CPU as on most machines; loaded once for all stages."""
        return _engines()

    @cached_property
    def keeper(self) -> SettingsKeeper:
        """Settings as they are at first."""
        return SettingsKeeper(Settings(device="cpu"), self.folder / "panel.json", self.tasks)

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Let the panel work until something is so.

        Raises
        ------
        CuefinderError
            It does not become so.
        """
        until = time.monotonic() + PATIENCE
        while not is_so():
            if time.monotonic() > until:
                raise CuefinderError(f"the state did not come about in {PATIENCE:g} s")
            settle()


@contextmanager
def staged(folder: Path | None = None) -> Iterator[Stage]:
    """Give a stage, and clear it afterwards.

    The folder has a fixed name by default, so that paths in pictures are the same each time. The shipped pack is seen
    through a link in it.

    Raises
    ------
    CuefinderError
        The folder is in use, or a thread does not end.
    """
    with ExitStack() as stack:
        if folder is None:
            folder = Path(tempfile.gettempdir()) / "cuefinder"
            try:
                folder.mkdir()
            except FileExistsError:
                raise CuefinderError(f"{folder}: is there already; another run uses it, or remove it") from None
            stack.callback(shutil.rmtree, folder)
        pack = folder / "core"
        pack.symlink_to(pack_dir(), target_is_directory=True)
        stack.enter_context(_environment({HOME_VARIABLE: str(folder), PACK_VARIABLE: str(pack)}))
        stage = Stage(folder)
        try:
            with stage.closing:
                yield stage
        finally:
            if not stage.tasks.close(PATIENCE):
                raise CuefinderError("a task goes on after its state was pictured")


@cache
def _engines() -> Engines:
    return Engines(device="cpu")


def settle(seconds: float = 0.01) -> None:
    """Let everything happen that is waiting to."""
    QApplication.processEvents()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    time.sleep(seconds)


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
