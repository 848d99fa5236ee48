"""A panel over a library of its own, driven and measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from PyQt6.QtWidgets import QApplication

from benchmarks.support.watchdog import Watchdog, turn
from gui.app import Panel, Start, settle
from plugin.demo.film import FilmScene

FRAME_MS = 16
PATIENCE = 1200.0


class PanelBench:
    """A panel over a library of its own."""

    def __init__(self, folder: Path) -> None:
        self._app = QApplication([])
        self.panel = Panel(self._app, Start(folder / "library.db", device="cpu"))
        self.window = self.panel.window
        self.window.show()
        settle()
        wait(lambda: self.window.messages.device.text().startswith("Models on"))

    def index(self, folder: Path) -> None:
        """Index a folder and wait for its end."""
        work = self.window.library.work
        work.index([folder])
        wait(lambda: not work.busy)
        turn(200)

    def first_results(self, film: Path, scene: FilmScene) -> float:
        """Choose a clip; gives the seconds until there are results for it."""
        find = self.window.find
        shown: list[float] = []
        find.results.rows.modelReset.connect(lambda: shown.append(perf_counter()))
        begin = perf_counter()
        find.set_clip(film, scene.start, scene.start + scene.seconds, scene.name)
        wait(lambda: bool(shown) and find.results.rows.rowCount() > 0)
        find.results.rows.modelReset.disconnect()
        return shown[-1] - begin

    def watch(self, work: Callable[[], object]) -> Watchdog:
        """Watch the window while a work goes on, and shortly after."""
        with Watchdog() as watchdog:
            work()
            turn(200)
        return watchdog

    def scroll(self, seconds: float) -> None:
        """Scroll from end to end and back, a step a frame."""
        bar = self.window.find.results.views.view.verticalScrollBar()
        until, step, at = perf_counter() + seconds, max(1, bar.maximum() // 200), 0
        while perf_counter() < until:
            at += step
            if not 0 <= at <= bar.maximum():
                step = -step
            bar.setValue(at)
            turn(FRAME_MS)

    def close(self) -> None:
        """End the panel."""
        self.window.close()
        self.panel.close()


def wait(is_so: Callable[[], bool], step_ms: int = 5) -> float:
    """Let the panel work until something is so; gives the seconds that it took."""
    begin = perf_counter()
    while not is_so():
        turn(step_ms)
        if perf_counter() - begin > PATIENCE:
            raise TimeoutError("the panel does not come to it")
    return perf_counter() - begin
