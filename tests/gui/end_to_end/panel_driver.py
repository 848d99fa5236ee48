"""Runs the panel as its users do, and tells the tests what is on its screen: python panel_driver.py [arguments].

Each line on stdin is JSON with Python `code`, which runs on the GUI thread; the answer is a line of JSON with what the
code left in `result`, or its `error`. The code only looks: what the user does comes as mouse and keys from outside.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback


def drive() -> int:
    from PyQt6.QtCore import QEvent, QObject, QPoint, QRect, pyqtSignal
    from PyQt6.QtWidgets import QAbstractItemView, QApplication, QMenu, QTabBar, QWidget

    from gui.__main__ import main
    from gui.window import PanelWindow

    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what is printed must not come between the answers

    def window() -> PanelWindow:
        return next(widget for widget in QApplication.topLevelWidgets() if isinstance(widget, PanelWindow))

    def place(widget: QWidget, point: QPoint | None = None) -> list[int]:
        """Where on the screen a widget can be clicked: in its middle, or at a point of its own."""
        at = widget.rect().center() if point is None else point
        spot = widget.mapToGlobal(at)
        hit = QApplication.widgetAt(spot)
        assert widget.isEnabled(), f"{widget} cannot be used"
        assert hit is not None and (hit is widget or widget.isAncestorOf(hit)), f"{widget} is covered by {hit}"
        return [spot.x(), spot.y()]

    def place_in(view: QAbstractItemView, row: int, column: int = 0) -> list[int]:
        """Where a row of a list or table can be clicked."""
        rect = view.visualRect(view.model().index(row, column))
        assert view.viewport().rect().contains(rect.center()), f"row {row} is not in sight"
        return place(view.viewport(), rect.center())

    def place_of_tab(bar: QTabBar, text: str) -> list[int]:
        number = next(n for n in range(bar.count()) if bar.tabText(n).replace("&", "") == text)
        return place(bar, bar.tabRect(number).center())

    def place_of_choice(menu: QMenu, text: str) -> list[int]:
        """Where an entry of an open menu can be clicked."""
        choice = next(action for action in menu.actions() if action.text().replace("&", "") == text)
        rect: QRect = menu.actionGeometry(choice)
        assert choice.isEnabled(), f"{text} cannot be chosen"
        return place(menu, rect.center())

    class Lines(QObject):
        """The lines of the status bar, as they are painted."""

        def __init__(self) -> None:
            super().__init__()
            self.seen: list[list[object]] = []

        def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:
            if event is not None and event.type() == QEvent.Type.Paint:
                messages = window().messages
                line = [messages.sign.isVisible(), messages.text.text()]
                if line[1] and (not self.seen or self.seen[-1] != line):
                    self.seen.append(line)
            return False

    class Door(QObject):
        """Brings what the tests want to the GUI thread."""

        wanted = pyqtSignal(str)

    lines, door = Lines(), Door()
    namespace = {"QApplication": QApplication, "lines": lines, "place": place, "place_in": place_in,
                 "place_of_tab": place_of_tab, "place_of_choice": place_of_choice}  # fmt: skip

    def answer(line: str) -> None:
        if "window" not in namespace:
            namespace["window"] = window()
            window().messages.text.installEventFilter(lines)
        namespace["result"] = None
        try:
            exec(json.loads(line)["code"], namespace)
            said = json.dumps({"result": namespace["result"]})
        except Exception:  # noqa: BLE001 - the test shows it
            said = json.dumps({"error": traceback.format_exc()})
        answers.write(said + "\n")
        answers.flush()

    def listen() -> None:
        for line in sys.stdin:
            door.wanted.emit(line)
        os._exit(1)  # the test is dead, and nobody else would end the panel

    door.wanted.connect(answer)
    threading.Thread(target=listen, daemon=True).start()
    return main(sys.argv[1:])


if __name__ == "__main__":  # the processes that decode import this file again
    sys.exit(drive())
