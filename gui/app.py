"""Starting the panel and ending it."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PyQt6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PyQt6.QtWidgets import QApplication

from gui.layout_state import Layout, layout_path
from gui.models.engines import Engines
from gui.models.service import LibraryService
from gui.models.settings import load_settings, settings_path
from gui.settings.keeper import SettingsKeeper
from gui.tasks import Tasks
from gui.theme import Themes
from gui.translations import install_translator
from gui.window import PanelWindow
from plugin.errors import CuefinderError
from plugin.paths import library_path

if TYPE_CHECKING:
    from gui.demo import DemoMaker

CLOSING_SECONDS = 5.0
SWITCH_SECONDS = 0.0005
"""How long Python may let another thread run while the window waits; by default it is ten times as long."""


@dataclass(frozen=True, slots=True)
class Start:
    """What the panel is started with; what is None is as the user's settings have it.

    Attributes
    ----------
    library : pathlib.Path, optional
    pack : pathlib.Path, optional
    device : str, optional
        "auto", "cpu" or "cuda".
    demo : pathlib.Path, optional
        Folder of a demo library and timeline to make and show.
    """

    library: Path | None = None
    pack: Path | None = None
    device: str | None = None
    demo: Path | None = None


class Panel:
    """The window with all that it stands on, made on the GUI thread.

    Parameters
    ----------
    app : QApplication
    start : Start
    """

    def __init__(self, app: QApplication, start: Start) -> None:
        sys.setswitchinterval(SWITCH_SECONDS)
        problems: list[str] = []
        settings, unread = load_settings(settings_path())
        problems += unread
        try:
            install_translator(app)
        except CuefinderError as error:
            problems.append(str(error))
        self.themes = Themes(app)
        self.themes.apply(settings.theme)
        self.tasks = Tasks()
        self.keeper = SettingsKeeper(settings, settings_path(), self.tasks)
        self.keeper.changed.connect(lambda changed: self.themes.apply(changed.theme))
        engines = Engines(start.pack or settings.pack_folder, start.device or settings.device)
        path = start.library or (library_path() if start.demo is None else start.demo / "library.db")
        self.service = LibraryService(path, engines)
        self.window = PanelWindow(self.service, self.tasks, self.keeper)
        self._layout = Layout(layout_path(), self.window, self.window.sides, self.window.find.results)
        self._layout.restore()
        self.maker = None if start.demo is None else self._make(start.demo, engines)
        if problems:
            self.window.messages.fail(problems[0])

    def close(self) -> bool:
        """Keep the window's arrangement and end all work; says whether it has ended."""
        try:
            self._layout.save()
        except OSError as error:
            print(f"cuefinder: error: {layout_path()}: the layout cannot be kept ({error.strerror})", file=sys.stderr)
        if self.maker is not None:
            self.maker.shut_down()
        self.themes.stop()
        ended = self.tasks.close(CLOSING_SECONDS)
        if ended:
            self.service.close()
        return ended

    def _make(self, folder: Path, engines: Engines) -> DemoMaker:
        from gui.demo import Demo, DemoMaker  # here, since film and music makers take their time to load

        window, maker = self.window, DemoMaker(self.tasks, engines, Demo(folder))
        maker.progressed.connect(window.show_demo_progress)
        maker.problem.connect(window.messages.fail)
        maker.made.connect(lambda made: window.show_demo(made.music, made.timeline))
        maker.start()
        return maker


def run(start: Start) -> int:
    """Show the panel until the user closes it; gives the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's event loop would not let Python see Ctrl-C
    with _StartMessages():
        app = QApplication(sys.argv[:1])
    app.setApplicationName("Cuefinder")
    panel = Panel(app, start)

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, error, trace)
        panel.window.fault.emit(f"internal error: {kind.__name__}: {error} (the terminal shows where)")

    sys.excepthook = report
    panel.window.show()
    settle()
    status = app.exec()
    if not panel.close():
        # A step that has no end, as a read from a network drive that is gone. The library is whole at any moment.
        os._exit(status)
    return status


def settle() -> None:
    """Look for garbage from now on, but not in what is there: modules and window stay, and are much to look through."""
    gc.freeze()
    gc.enable()


class _StartMessages:
    """Keeps what Qt says while it starts; if Qt cannot go on, says it in one line before Qt aborts the process."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def __enter__(self) -> None:
        qInstallMessageHandler(self._hear)

    def __exit__(self, *exception: object) -> None:
        qInstallMessageHandler(None)
        for line in self._lines:
            print(line, file=sys.stderr)

    def _hear(self, kind: QtMsgType, context: QMessageLogContext, text: str | None) -> None:
        if kind != QtMsgType.QtFatalMsg:
            self._lines.append(" ".join((text or "").split()))
            return
        why = self._lines[0] if self._lines else " ".join((text or "").split())
        advice = "it needs a graphical session and Qt's system libraries"
        print(f"cuefinder: error: the panel cannot open a window ({why}): {advice}", file=sys.stderr, flush=True)
        os._exit(1)
