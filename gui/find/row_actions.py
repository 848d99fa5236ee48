"""What can be done with the current track: keys, and a menu with the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PyQt6.QtCore import QObject, Qt
from PyQt6.QtGui import QAction, QKeySequence
from PyQt6.QtWidgets import QMenu, QWidget

from gui.models.columns import STARS
from gui.models.results import Marks, Row
from plugin.errors import printable

if TYPE_CHECKING:
    from gui.find.results import ResultsView

Keys = Sequence[Qt.Key | str | QKeySequence.StandardKey]


class RowActions(QObject):
    """The actions of a `ResultsView`; their shortcuts work while one of some widgets has the focus."""

    def __init__(self, results: ResultsView, widgets: Iterable[QWidget]) -> None:
        super().__init__(results)
        self._results, self._widgets = results, tuple(widgets)
        key = Qt.Key
        self.play = self._add(self.tr("&Play or Stop"), [key.Key_Space], results.play_requested.emit)
        self.place = self._add(self.tr("Pl&ace"), [key.Key_Return, key.Key_Enter], results.place_requested.emit)
        self.place.setAutoRepeat(False)
        self.more = self._add(self.tr("&More Like This"), [key.Key_Plus, key.Key_Equal], lambda: results.seed(True))
        self.less = self._add(self.tr("&Less Like This"), [key.Key_Minus], lambda: results.seed(False))
        self.favourite = self._add(self.tr("&Favourite"), [key.Key_F], lambda: results.toggle("favourite"))
        self.hide = self._add(self.tr("&Hide"), [key.Key_Delete, key.Key_H], lambda: results.toggle("hidden"))
        self.unhide = self._add(self.tr("&Bring Back the Last Hidden"), [QKeySequence.StandardKey.Undo], results.unhide)
        self.ratings = [
            self._add("★" * stars or self.tr("&None"), [str(stars)], partial(self._rate, stars))
            for stars in range(STARS + 1)
        ]
        self.unfold = self._add(self.tr("&Versions and Copies"), [key.Key_V], results.unfold)
        self.copy = self._add(self.tr("&Copy Path"), [QKeySequence.StandardKey.Copy], results.copy_path)
        self.folder = self._add(self.tr("Show in F&older"), ["Ctrl+Shift+F"], results.show_in_folder)

    def menu(self, row: Row | None) -> QMenu:
        """Make the menu for a row; without one it is about columns alone."""
        menu = self._make_menu()
        if row is not None:
            track = row.suggestion.track
            self.favourite.setText(self.tr("No &Favourite") if track.favourite else self.tr("&Favourite"))
            self.hide.setText(self.tr("Un&hide") if track.hidden else self.tr("&Hide"))
            menu.addActions([self.play, self.place, self.more, self.less])
            menu.addSeparator()
            menu.addAction(self.favourite)
            rating = QMenu(self.tr("&Rating"), menu)
            rating.addActions(self.ratings)
            menu.addMenu(rating)
            menu.addActions([self.hide, self.unhide])
            menu.addSeparator()
            if is_folded(row):
                menu.addAction(self.unfold)
            menu.addActions([self.copy, self.folder])
            menu.addSeparator()
        if self._results.table.isVisible() or row is None:
            menu.addMenu(self._results.table.header.menu(menu))
        return menu

    def folded_menu(self, row: Row) -> QMenu | None:
        """Make the menu of what a row stands for; None where it stands for itself alone."""
        if not is_folded(row):
            return None
        menu = self._make_menu()
        menu.setToolTipsVisible(True)
        for number, track in enumerate(row.suggestion.versions):
            text = self.tr("Use {version}").format(version=printable(track.name))
            self._add_file(menu, text, printable(track.path), partial(self._results.use_version, number))
        menu.addSeparator()
        for path in row.suggestion.duplicates:
            text = self.tr("Show the copy {name} in its folder").format(name=printable(path.name))
            self._add_file(menu, text, printable(path), partial(self._results.folder_wanted.emit, path))
        return menu

    def _make_menu(self) -> QMenu:
        menu = QMenu(self._results)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return menu

    def _add_file(self, menu: QMenu, text: str, path: str, act: Callable[[], None]) -> None:
        action = menu.addAction(text.replace("&", "&&"), act)
        assert action is not None
        action.setToolTip(path)

    def _rate(self, stars: int) -> None:
        self._results.mark(Marks(rating=stars))

    def _add(self, text: str, keys: Keys, act: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda: act())
        for widget in self._widgets:
            widget.addAction(action)
        return action


def is_folded(row: Row) -> bool:
    """Whether a row stands for other files too."""
    return bool(row.suggestion.versions or row.suggestion.duplicates)
