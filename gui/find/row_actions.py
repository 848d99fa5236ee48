"""What can be done with the current track: keys, and a menu with the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMenu

from gui.models.columns import STARS
from gui.models.results import Marks, Row
from plugin.errors import printable

if TYPE_CHECKING:
    from gui.find.results import ResultsView

Keys = Sequence[Qt.Key | str | QKeySequence.StandardKey]


class RowActions(QObject):
    """The actions of a `ResultsView`; their shortcuts work while it has the focus."""

    def __init__(self, view: ResultsView) -> None:
        super().__init__(view)
        self._view = view
        key = Qt.Key
        self.play = self._add(self.tr("&Play or Stop"), [key.Key_Space, key.Key_Return, key.Key_Enter],
                              view.play_requested.emit)  # fmt: skip
        self.more = self._add(self.tr("&More Like This"), [key.Key_Plus, key.Key_Equal], lambda: view.seed(True))
        self.less = self._add(self.tr("&Less Like This"), [key.Key_Minus], lambda: view.seed(False))
        self.favourite = self._add(self.tr("&Favourite"), [key.Key_F], lambda: view.toggle("favourite"))
        self.hide = self._add(self.tr("&Hide"), [key.Key_Delete, key.Key_H], lambda: view.toggle("hidden"))
        self.unhide = self._add(self.tr("&Bring Back the Last Hidden"), [QKeySequence.StandardKey.Undo], view.unhide)
        self.ratings = [
            self._add("★" * stars or self.tr("&None"), [str(stars)], partial(self._rate, stars))
            for stars in range(STARS + 1)
        ]
        self.copy = self._add(self.tr("&Copy Path"), [QKeySequence.StandardKey.Copy], view.copy_path)
        self.folder = self._add(self.tr("Show in F&older"), ["Ctrl+Shift+F"], view.show_in_folder)

    def menu(self, row: Row | None) -> QMenu:
        """Make the menu for a row; without one it is about columns alone."""
        menu = QMenu(self._view)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if row is not None:
            track = row.suggestion.track
            self.favourite.setText(self.tr("No &Favourite") if track.favourite else self.tr("&Favourite"))
            self.hide.setText(self.tr("Un&hide") if track.hidden else self.tr("&Hide"))
            menu.addActions([self.play, self.more, self.less])
            menu.addSeparator()
            menu.addAction(self.favourite)
            rating = QMenu(self.tr("&Rating"), menu)
            rating.addActions(self.ratings)
            menu.addMenu(rating)
            menu.addActions([self.hide, self.unhide])
            menu.addSeparator()
            if row.suggestion.versions:
                menu.addMenu(self._versions(row, menu))
            menu.addActions([self.copy, self.folder])
            menu.addSeparator()
        menu.addMenu(self._view.header.menu(menu))
        return menu

    def _versions(self, row: Row, parent: QMenu) -> QMenu:
        menu = QMenu(self.tr("&Versions"), parent)
        menu.setToolTipsVisible(True)
        for number, track in enumerate(row.suggestion.versions):
            action = menu.addAction(printable(track.name).replace("&", "&&"), partial(self._view.use_version, number))
            assert action is not None
            action.setToolTip(printable(track.path))
        return menu

    def _rate(self, stars: int) -> None:
        self._view.mark(Marks(rating=stars))

    def _add(self, text: str, keys: Keys, act: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda: act())
        self._view.addAction(action)
        return action
