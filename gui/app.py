"""Starting the panel and ending it."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from pathlib import Path
from types import TracebackType

from PyQt6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler
from PyQt6.QtWidgets import QApplication

from gui.models.engines import Engines
from gui.models.service import LibraryService
from gui.player import Player
from gui.tasks import Tasks
from gui.window import PanelWindow
from plugin.paths import library_path

CLOSING_SECONDS = 5.0


def run(library: Path | None = None, pack: Path | None = None, device: str = "auto") -> int:
    """Show the panel until the user closes it; gives the exit status."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's event loop would not let Python see Ctrl-C
    with _StartMessages():
        app = QApplication(sys.argv[:1])
    app.setApplicationName("Cuefinder")
    tasks, service = Tasks(), LibraryService(library or library_path(), Engines(pack, device))
    window = PanelWindow(service, tasks, Player())

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        traceback.print_exception(kind, error, trace)
        window.fault.emit(f"internal error: {kind.__name__}: {error} (the terminal shows where)")

    sys.excepthook = report
    window.show()
    status = app.exec()
    if not tasks.close(CLOSING_SECONDS):
        # A step that has no end, as a read from a network drive that is gone. The library is whole at any moment.
        os._exit(status)
    service.close()
    return status


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
