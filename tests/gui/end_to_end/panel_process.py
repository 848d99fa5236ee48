"""The panel as a process of its own with a window in a virtual display, used with mouse and keyboard."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.gui.end_to_end.desktop import session_of

ROOT = Path(__file__).resolve().parents[3]
DRIVER = Path(__file__).with_name("panel_driver.py")
SHOTS = "CUEFINDER_TEST_SCREENSHOTS"
"""Environment variable with a folder for pictures of the screen, to be looked at."""
PATIENCE = 60.0
"""Seconds that anything may take on a busy machine."""


class PanelProcess:
    """A panel and its user.

    Parameters
    ----------
    folder : Path
        For the log.
    screen : str
        The display.
    arguments : sequence of str
        Of the command ``cuefinder panel``.
    environment : str
        On top of that of the tests.
    """

    def __init__(self, folder: Path, screen: str, *arguments: str, **environment: str) -> None:
        self.log = folder / "panel.log"
        self._screen = os.environ | {"DISPLAY": screen}
        environment = os.environ | {
            "DISPLAY": screen, "QT_QPA_PLATFORM": "xcb", "PYTHONPATH": str(ROOT), "NO_AT_BRIDGE": "1",
            "PYTHONFAULTHANDLER": "1",
        } | environment  # fmt: skip
        environment.pop("WAYLAND_DISPLAY", None)
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(DRIVER), "--device", "cpu", *arguments], stdin=subprocess.PIPE,
                stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8", env=environment,
                start_new_session=True,
            )  # fmt: skip
        self._said: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.do("window.activateWindow()")  # what a window manager does with a new window
            self.until("window.isActiveWindow() and window.messages.device.text() != 'Loading models…'")
        except BaseException:
            self.kill()
            raise

    def do(self, code: str) -> Any:
        """Run code in the panel; gives what it left in `result`."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps({"code": code}) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self._said.get(timeout=PATIENCE))
        except queue.Empty:
            raise AssertionError(f"the panel does not answer:\n{self.log.read_text()[-4000:]}") from None
        except BrokenPipeError:
            raise AssertionError(f"the panel ended ({self.process.wait(10)})") from None
        assert "error" not in answer, f"{answer['error']}\n{self.log.read_text()[-4000:]}"
        return answer["result"]

    def see(self, expression: str) -> Any:
        """Give what an expression has for its value in the panel."""
        return self.do(f"result = {expression}")

    def until(self, expression: str, seconds: float = PATIENCE) -> Any:
        """Wait for something to come true in the panel; gives its value."""
        end = time.monotonic() + seconds
        while not (value := self.see(expression)):
            if time.monotonic() > end:
                self.shoot("late")
                said = self.see("lines.seen[-5:]")
                raise AssertionError(f"not within {seconds:g} s: {expression}\nthe status bar said {said}")
            time.sleep(0.03)
        return value

    def line(self, part: str) -> tuple[bool, str]:
        """Wait until the status bar has shown a line with a text; gives whether it was a problem, and the line."""
        found = self.until(f"next((line for line in lines.seen if {part!r} in line[1]), None)")
        return found[0], found[1]

    def forget_lines(self) -> None:
        """Let `line` find only what the status bar shows from now on."""
        self.do("lines.seen.clear()")

    def click(self, widget: str) -> None:
        """Click in the middle of a widget."""
        self._click(f"place({widget})")

    def click_row(self, view: str, row: int, column: int = 0) -> None:
        """Click on a cell of a list or table."""
        self._click(f"place_in({view}, {row}, {column})")

    def turn_to(self, page: str) -> None:
        """Click on the tab of a page."""
        self._click(f"place_of_tab(window.pages.tabBar(), {page!r})")
        self.until(f"window.pages.tabText(window.pages.currentIndex()) == {page!r}")

    def choose(self, button: str, entry: str) -> None:
        """Click on a button with a menu, then on an entry of it."""
        self.click(button)
        self.until("QApplication.activePopupWidget() is not None")
        self._click(f"place_of_choice(QApplication.activePopupWidget(), {entry!r})")
        self.until("QApplication.activePopupWidget() is None")

    def write(self, text: str) -> None:
        """Type a text."""
        self._hand("type", "--delay", "4", text)

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as ``ctrl+Return``."""
        self._hand("key", "--delay", "4", *keys)

    def ask(self, words: str) -> None:
        """Type a question and ask it."""
        self.click("window.find.bar.words")
        self.write(words)
        self.press("Return")

    def tab_to(self, widget: str) -> None:
        """Press Tab until a widget has the focus."""
        for _ in range(60):
            if self.see(f"{widget}.hasFocus()"):
                return
            self.do("before = QApplication.focusWidget()")
            self.press("Tab")
            self.until("QApplication.focusWidget() is not before")
        raise AssertionError(f"Tab does not lead to {widget}")

    def shoot(self, name: str) -> None:
        """Keep a picture of the screen where they are wanted."""
        folder = os.environ.get(SHOTS)
        if folder:
            path = Path(folder) / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            self.do(f"QApplication.primaryScreen().grabWindow(0).save({str(path)!r})")

    def quit(self) -> None:
        """Quit it by the keyboard; nothing of it stays."""
        self.press("ctrl+q")
        status = self.process.wait(PATIENCE)
        self._let_go()
        said = self.log.read_text(errors="replace")
        assert status == 0, said
        assert "Traceback" not in said, said
        assert "internal error" not in said, said
        end = time.monotonic() + 5
        while (left := session_of(self.process.pid)) and time.monotonic() < end:
            time.sleep(0.05)
        assert not left, f"processes were left behind: {left}"

    def kill(self) -> None:
        """End it in any case."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, 9)
            self.process.wait(10)
        self._let_go()

    def _click(self, place: str) -> None:
        x, y = self.see(place)
        self._hand("mousemove", str(x), str(y), "click", "1")

    def _hand(self, *command: str) -> None:
        subprocess.run(["xdotool", *command], env=self._screen, check=True, timeout=30)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._said.put(line)
        self._said.put('{"error": "the panel ended"}\n')

    def _let_go(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with suppress(BrokenPipeError):  # what was said to it before it ended
            self.process.stdin.close()
        self._reader.join(10)
        self.process.stdout.close()
