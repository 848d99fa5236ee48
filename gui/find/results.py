"""The table of suggestions, with all that can be done with a track in it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QAbstractItemView, QTableView, QWidget

from gui.find.delegates import PartDelegate, ScoreDelegate, StarsDelegate, TitleDelegate
from gui.find.header import ResultsHeader
from gui.find.row_actions import RowActions
from gui.find.table_model import ResultsTableModel
from gui.models.columns import NUMBER
from gui.models.results import Marks, Row
from plugin.errors import printable
from plugin.suggest.suggester import Suggestion


class ResultsView(QTableView):
    """Shows suggestions; marks are shown at once, and taken back by `roll_back` where they cannot be saved.

    Signals
    -------
    play_requested
        Play the current track, or stop it.
    current_changed : Suggestion or None
    marked : int, Marks, Marks
        Id of a track, its new marks, and what they were.
    seed_wanted : pathlib.Path, bool
        More like this track (True), or less.
    folder_wanted : pathlib.Path
        Show a file where it lies.
    news : str
    """

    play_requested = pyqtSignal()
    current_changed = pyqtSignal(object)
    marked = pyqtSignal(int, object, object)
    seed_wanted = pyqtSignal(object, bool)
    folder_wanted = pyqtSignal(object)
    news = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table = ResultsTableModel(self)
        self._hidden: list[tuple[int, str]] = []
        stars = StarsDelegate(self)
        self.setModel(self.table)
        self.setAccessibleName(self.tr("Suggestions"))
        self.setItemDelegateForColumn(NUMBER["title"], TitleDelegate(self))
        self.setItemDelegateForColumn(NUMBER["part"], PartDelegate(self))
        self.setItemDelegateForColumn(NUMBER["score"], ScoreDelegate(self.table.results, self))
        self.setItemDelegateForColumn(NUMBER["rating"], stars)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setDragEnabled(True)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.header = ResultsHeader(self)
        self.setHorizontalHeader(self.header)
        rows = self.verticalHeader()
        assert rows is not None
        rows.hide()
        rows.setSectionResizeMode(rows.ResizeMode.Fixed)
        rows.setDefaultSectionSize(round(self.fontMetrics().height() * 2.1))
        self.setSortingEnabled(True)
        self.header.set_up()
        self.actions_of_row = RowActions(self)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._show_menu)
        self.doubleClicked.connect(self._double_click)
        self.clicked.connect(self._click)
        stars.rated.connect(self._rate_row)
        selection = self.selectionModel()
        assert selection is not None
        selection.currentRowChanged.connect(self._tell_current)
        self.table.modelReset.connect(self._tell_current)

    def show_suggestions(self, suggestions: Iterable[Suggestion], *, show_hidden: bool = False) -> None:
        """Show a new answer, its first row current."""
        self._hidden.clear()
        self.table.replace(suggestions, show_hidden=show_hidden)
        self.scrollToTop()
        if self.table.rowCount():
            self.selectRow(0)

    def current_row(self) -> Row | None:
        """Give the row of the keyboard's cursor."""
        number = self.currentIndex().row()
        return self.table.results[number] if 0 <= number < len(self.table.results) else None

    def step(self, by: int) -> None:
        """Make another row the current one, so many further down, as far as there are any."""
        if self.table.rowCount():
            self.selectRow(min(max(0, self.currentIndex().row() + by), self.table.rowCount() - 1))

    def column_state(self) -> bytes:
        """Give the order, widths and visibility of the columns, to be kept."""
        return self.header.column_state()

    def restore_columns(self, state: bytes) -> None:
        """Set the columns as they were kept; a state of another version changes nothing."""
        self.header.restore_columns(state)

    def mark(self, marks: Marks) -> None:
        """Mark the current track."""
        row = self.current_row()
        if row is not None:
            self._mark(row.suggestion.track.id, row.suggestion.track.name, marks)

    def toggle(self, name: str) -> None:
        """Turn the current track's mark "favourite" or "hidden" round."""
        row = self.current_row()
        if row is not None:
            self.mark(cast(Marks, {name: not getattr(row.suggestion.track, name)}))

    def unhide(self) -> None:
        """Bring back the track that was hidden last."""
        if self._hidden:
            track_id, name = self._hidden.pop()
            self._mark(track_id, name, Marks(hidden=False))
            number = self.table.results.find(track_id)
            if number is not None:
                self.selectRow(number)

    def roll_back(self, track_id: int, before: Marks) -> None:
        """Show marks as they were: they could not be saved."""
        if self.table.results.track(track_id) is not None:
            self.table.mark(track_id, before)
            self._hidden = [(other, name) for other, name in self._hidden if other != track_id]

    def seed(self, plus: bool) -> None:
        """Ask for more like the current track, or less."""
        row = self.current_row()
        if row is not None:
            self.seed_wanted.emit(row.suggestion.track.path, plus)

    def copy_path(self) -> None:
        """Put the current track's path on the clipboard."""
        row, clipboard = self.current_row(), QGuiApplication.clipboard()
        if row is not None and clipboard is not None:
            path = printable(row.suggestion.track.path)
            clipboard.setText(path)
            self.news.emit(self.tr("Copied {path}").format(path=path))

    def show_in_folder(self) -> None:
        """Show the current track's file where it lies."""
        row = self.current_row()
        if row is not None:
            self.folder_wanted.emit(row.suggestion.track.path)

    def use_version(self, version: int) -> None:
        """Let another version of the current track stand in its row, to be heard and placed."""
        self.table.use_version(self.currentIndex().row(), version)
        self._tell_current()

    def _mark(self, track_id: int, name: str, marks: Marks) -> None:
        before = self.table.mark(track_id, marks)
        if before == marks:
            return
        if marks.get("hidden") and self.table.results.find(track_id) is None:
            self._hidden.append((track_id, name))
            self.news.emit(self.tr("Hidden: {name} (Ctrl+Z brings it back)").format(name=printable(name)))
        self.marked.emit(track_id, marks, before)
        self._tell_current()

    def _rate_row(self, number: int, rating: int) -> None:
        found = self.table.results[number].suggestion
        self._mark(found.track.id, found.track.name, Marks(rating=rating))

    def _click(self, index: object) -> None:
        if self.currentIndex().column() == NUMBER["favourite"]:
            self.toggle("favourite")

    def _double_click(self, index: object) -> None:
        if self.currentIndex().column() not in (NUMBER["favourite"], NUMBER["rating"]):
            self.play_requested.emit()

    def _tell_current(self, *_: object) -> None:
        row = self.current_row()
        self.current_changed.emit(None if row is None else row.suggestion)

    def _show_menu(self, place: QPoint) -> None:
        viewport = self.viewport()
        assert viewport is not None
        menu = self.actions_of_row.menu(self.current_row())
        menu.popup(viewport.mapToGlobal(place))
