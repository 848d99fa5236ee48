"""The suggestions, as a table or as cards, with all that can be done with a track among them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Unpack, cast

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QGuiApplication
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from gui.find.result_views import ResultViews
from gui.find.results_bar import ResultsBar
from gui.find.row_actions import RowActions
from gui.find.table_model import ResultsTableModel
from gui.models.results import Marks, Row
from gui.models.settings import ResultsLook
from plugin.errors import printable
from plugin.library.records import Track
from plugin.suggest.suggestion import Suggestion


class ResultsView(QWidget):
    """Shows suggestions; marks are shown at once, and taken back by `roll_back` where they cannot be saved.

    Table and cards are two views of one model with one selection; the table's header keeps the order of both.

    Signals
    -------
    play_requested
        Play the current track, or stop it.
    place_requested
        Place the current track in the editor.
    current_changed : Suggestion or None
    marked : int, Marks, Marks
        Id of a track, its new marks, and what they were.
    seed_wanted : pathlib.Path, bool
        More like this track (True), or less.
    folder_wanted : pathlib.Path
        Show a file where it lies.
    look_chosen : str
        The user wants "table" or "cards".
    news : str
    """

    play_requested = pyqtSignal()
    place_requested = pyqtSignal()
    current_changed = pyqtSignal(object)
    marked = pyqtSignal(int, object, object)
    seed_wanted = pyqtSignal(object, bool)
    folder_wanted = pyqtSignal(object)
    look_chosen = pyqtSignal(str)
    news = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._hidden: list[tuple[int, str]] = []
        self.rows = ResultsTableModel(self)
        self.bar, self.views = ResultsBar(self.rows), ResultViews(self.rows)
        self.table, self.cards = self.views.table, self.views.cards
        self.actions_of_row = RowActions(self, (self.table, self.cards))
        self.setFocusProxy(self.views)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.bar)
        column.addWidget(self.views, 1)
        self._connect()
        self.show_look("table")

    def show_look(self, look: ResultsLook) -> None:
        """Show the results as "table" or "cards"."""
        self.views.show_look(look)
        self.bar.show_look(look)

    def show_suggestions(self, suggestions: Iterable[Suggestion], *, show_hidden: bool = False) -> None:
        """Show a new answer, its first row current."""
        self._hidden.clear()
        self.rows.replace(suggestions, show_hidden=show_hidden)
        self.views.view.scrollToTop()
        if self.rows.rowCount():
            self.views.select_row(0)

    def current_row(self) -> Row | None:
        """Give the row of the keyboard's cursor."""
        number = self.views.number
        return self.rows.results[number] if 0 <= number < len(self.rows.results) else None

    def step(self, by: int) -> None:
        """Make another row the current one, so many further down, as far as there are any."""
        if self.rows.rowCount():
            self.views.select_row(min(max(0, self.views.number + by), self.rows.rowCount() - 1))

    def column_state(self) -> bytes:
        """Give the order, widths and visibility of the columns, to be kept."""
        return self.table.header.column_state()

    def restore_columns(self, state: bytes) -> None:
        """Set the columns as they were kept; a state of another version changes nothing."""
        self.table.header.restore_columns(state)

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
            number = self.rows.results.find(track_id)
            if number is not None:
                self.views.select_row(number)

    def roll_back(self, track_id: int, before: Marks) -> None:
        """Show marks as they were: they could not be saved."""
        if self.rows.results.track(track_id) is not None:
            self.rows.mark(track_id, before)
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
        self.rows.use_version(self.views.number, version)
        self._tell_current()

    def unfold(self) -> None:
        """Show what the current track stands for: other versions, and copies."""
        row, view = self.current_row(), self.views.view
        menu = None if row is None else self.actions_of_row.folded_menu(row)
        viewport = view.viewport()
        if menu is not None and viewport is not None:
            menu.popup(viewport.mapToGlobal(view.visualRect(view.currentIndex()).center()))

    def _connect(self) -> None:
        views, bar, header = self.views, self.bar, self.table.header
        views.play_wanted.connect(self.play_requested)
        views.favoured.connect(lambda number: self._mark_row(number, favourite=not self._track(number).favourite))
        views.rated.connect(lambda number, rating: self._mark_row(number, rating=rating))
        views.unfolded.connect(lambda _: self.unfold())
        views.menu_wanted.connect(lambda place: self.actions_of_row.menu(self.current_row()).popup(place))
        bar.look_chosen.connect(self.show_look)
        bar.look_chosen.connect(self.look_chosen)
        bar.sort_chosen.connect(header.sort_by)
        header.sortIndicatorChanged.connect(bar.show_sort)
        selection = self.table.selectionModel()
        assert selection is not None
        selection.currentRowChanged.connect(self._tell_current)
        self.rows.modelReset.connect(self._tell_current)

    def _track(self, number: int) -> Track:
        return self.rows.results[number].suggestion.track

    def _mark_row(self, number: int, **marks: Unpack[Marks]) -> None:
        track = self._track(number)
        self._mark(track.id, track.name, marks)

    def _mark(self, track_id: int, name: str, marks: Marks) -> None:
        before = self.rows.mark(track_id, marks)
        if before == marks:
            return
        if marks.get("hidden") and self.rows.results.find(track_id) is None:
            self._hidden.append((track_id, name))
            self.news.emit(self.tr("Hidden: {name} (Ctrl+Z brings it back)").format(name=printable(name)))
        self.marked.emit(track_id, marks, before)
        self._tell_current()

    def _tell_current(self, *_: object) -> None:
        row = self.current_row()
        self.current_changed.emit(None if row is None else row.suggestion)
