"""The list of suggestions with what can be done with one: listen, copy its path, show it in its folder."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt6.QtCore import Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QAction, QDesktopServices, QGuiApplication, QKeySequence
from PyQt6.QtWidgets import QAbstractItemView, QTableView, QWidget

from gui.models.results import COLUMNS, ResultList, Row
from gui.player import Player
from gui.results_table import PART, PartDelegate, ResultsTableModel
from plugin.cli.support.units import clock
from plugin.errors import printable
from plugin.suggest.suggester import Suggestion

ROW_HEIGHT = 34
WIDTHS = {
    "rank": 44,
    "score": 62,
    "title": 160,
    "artist": 130,
    "part": 226,
    "length": 60,
    "tempo": 52,
    "key": 84,
    "tags": 180,
}


class ResultsView(QTableView):
    """A table of suggestions; Space, Return or a double click play the best part.

    Signals
    -------
    news, problem : str
        What was done, and what could not be.
    chosen : str
        Rich text about the row that has become the current one.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    chosen = pyqtSignal(str)

    def __init__(self, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._player = player
        self._model = ResultsTableModel(ResultList(), self)
        self.setModel(self._model)
        self.setAccessibleName(self.tr("Suggestions"))
        self.setItemDelegateForColumn(PART, PartDelegate(self))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setStretchLastSection(True)
        self.horizontalHeader().setSortIndicator(0, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        for number, column in enumerate(COLUMNS[:-1]):
            self.setColumnWidth(number, WIDTHS[column.name])
        self._add_actions()
        self.doubleClicked.connect(self.play)
        self.selectionModel().currentRowChanged.connect(
            lambda index: self.chosen.emit(index.data(Qt.ItemDataRole.ToolTipRole) or "")
        )
        player.problem.connect(self.problem)

    def show_suggestions(self, suggestions: Iterable[Suggestion]) -> None:
        """Show a new answer, its first row current."""
        self._model.replace(suggestions)
        self.selectRow(0)
        self.scrollToTop()

    def current_row(self) -> Row | None:
        """Give the row of the keyboard's cursor."""
        row: Row | None = self.currentIndex().data(Qt.ItemDataRole.UserRole)
        return row

    def play(self) -> None:
        """Play the current track from its best part on, or stop it."""
        row = self.current_row()
        if row is not None and self._player.toggle(row.suggestion.track.path, row.suggestion.start):
            name, start = printable(row.suggestion.track.name), clock(row.suggestion.start)
            self.news.emit(self.tr("Playing {name} from {start}").format(name=name, start=start))

    def copy_path(self) -> None:
        """Put the current track's path on the clipboard."""
        row = self.current_row()
        if row is not None:
            path = printable(row.suggestion.track.path)
            QGuiApplication.clipboard().setText(path)
            self.news.emit(self.tr("Copied {path}").format(path=path))

    def show_in_folder(self) -> None:
        """Open the current track's folder in the system's file manager."""
        row = self.current_row()
        if row is None:
            return
        folder = row.suggestion.track.path.parent
        if not folder.is_dir() or not QDesktopServices.openUrl(QUrl(folder.as_uri())):
            self.problem.emit(self.tr("cannot show the folder {folder}").format(folder=printable(folder)))

    def _add_actions(self) -> None:
        keys = Qt.Key
        for title, shortcuts, slot in (
            (self.tr("&Play or Stop Best Part"), [keys.Key_Space, keys.Key_Return, keys.Key_Enter], self.play),
            (self.tr("&Copy Path"), [QKeySequence.StandardKey.Copy], self.copy_path),
            (self.tr("Show in &Folder"), ["Ctrl+Shift+F"], self.show_in_folder),
        ):
            action = QAction(title, self)
            action.setShortcuts([QKeySequence(shortcut) for shortcut in shortcuts])
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(slot)
            self.addAction(action)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
