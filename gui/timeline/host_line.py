"""The line with the connected editors and open timeline files, and the menu of what can be connected to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QWidget

from gui.models.host_link import HostRow

REACHED = {"audacity": "Audacity", "ardour": "Ardour"}
"""Hosts that the panel goes to; the others come by themselves."""


class HostLine(QWidget):
    """Shows the hosts; the first that comes is chosen until the user chooses.

    Attributes
    ----------
    menu : QMenu
        For the window's menu bar too.

    Signals
    -------
    chosen : HostRow or None
        Another host, or none any more.
    connect_to : str
        Key of the host to go to.
    open_file, read_again, save
    news, problem : str
        A host came or went.
    """

    chosen = pyqtSignal(object)
    connect_to = pyqtSignal(str)
    open_file = pyqtSignal()
    read_again = pyqtSignal()
    save = pyqtSignal()
    news = pyqtSignal(str)
    problem = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[HostRow] = []
        self._awaited: int | None = None
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Editor"))
        self.choice.setToolTip(self.tr("Editors that are connected, and timeline files that are open"))
        self.choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.choice.setMinimumContentsLength(8)
        label = QLabel(self.tr("Edito&r:"))
        label.setBuddy(self.choice)
        self.menu = self._make_menu()
        self.more = QToolButton()
        self.more.setText("☰")
        self.more.setAccessibleName(self.tr("Editor menu"))
        self.more.setToolTip(self.tr("Connect to an editor, open a timeline file"))
        self.more.setMenu(self.menu)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(label)
        line.addWidget(self.choice, 1)
        line.addWidget(self.more)
        self.choice.currentIndexChanged.connect(lambda _: self.chosen.emit(self.row()))
        self.show_hosts([])

    def row(self) -> HostRow | None:
        """The chosen host."""
        index = self.choice.currentIndex()
        return self.rows[index] if 0 <= index < len(self.rows) else None

    def choose(self, number: int) -> None:
        """Choose a host by its id; if it is not listed yet, as soon as it is."""
        place = next((place for place, row in enumerate(self.rows) if row.id == number), None)
        if place is None:
            self._awaited = number
        else:
            self.choice.setCurrentIndex(place)

    def show_hosts(self, rows: Sequence[HostRow]) -> None:
        """Show the hosts that are connected now; the choice stays where its host does."""
        old, before = self.row(), {row.id: row.title for row in self.rows}
        self.rows = list(rows)
        wanted = [self._awaited, old.id if old is not None else None]
        ids = [row.id for row in self.rows]
        kept = next((ids.index(number) for number in wanted if number in ids), 0)
        if self._awaited in ids:
            self._awaited = None
        self.choice.blockSignals(True)
        self.choice.clear()
        self.choice.addItems([self._title(row) for row in self.rows] or [self.tr("none connected")])
        self.choice.setCurrentIndex(kept)
        self.choice.blockSignals(False)
        self.choice.setEnabled(bool(self.rows))
        new = self.row()
        self.save_action.setEnabled(new is not None and new.unsaved)
        self.read_action.setEnabled(new is not None)
        if new != old:
            self.chosen.emit(new)
        for number in before.keys() - set(ids):
            self.problem.emit(self.tr("{title} is no longer connected").format(title=before[number]))
        for row in self.rows:
            if row.id not in before:
                self.news.emit(self.tr("{title} is connected").format(title=row.title))

    def _title(self, row: HostRow) -> str:
        return self.tr("{title} (not saved)").format(title=row.title) if row.unsaved else row.title

    def _make_menu(self) -> QMenu:
        menu = QMenu(self.tr("E&ditor"), self)
        menu.setToolTipsVisible(True)
        for key, title in REACHED.items():
            menu.addAction(self.tr("Connect to {title}").format(title=title), lambda key=key: self.connect_to.emit(key))
        menu.addSeparator()
        self.open_action = self._action(self.tr("&Open Timeline File…"), "Ctrl+O", self.open_file.emit,
                                        self.tr("A timeline that an editor exported"))  # fmt: skip
        self.save_action = self._action(self.tr("&Save Timeline as New File"), "Ctrl+S", self.save.emit,
                                        self.tr("Beside the old file, which stays as it is"))  # fmt: skip
        self.read_action = self._action(self.tr("&Read Timeline Again"), "F5", self.read_again.emit,
                                        self.tr("For editors that do not tell of changes"))  # fmt: skip
        menu.addActions([self.open_action, self.save_action, self.read_action])
        return menu

    def _action(self, title: str, key: str, slot: Callable[[], None], tip: str) -> QAction:
        action = QAction(title, self)
        action.setShortcut(QKeySequence(key))
        action.setToolTip(tip)
        action.triggered.connect(slot)
        self.addAction(action)
        return action
