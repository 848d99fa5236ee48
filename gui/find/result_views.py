"""The two looks of the results, a table and cards, over one model and one selection."""

from __future__ import annotations

from PyQt6.QtCore import QPoint, Qt, pyqtSignal
from PyQt6.QtWidgets import QAbstractItemView, QStackedWidget, QWidget

from gui.find.card_view import CardView
from gui.find.result_table import ResultTable
from gui.find.table_model import ResultsTableModel
from gui.models.settings import ResultsLook


class ResultViews(QStackedWidget):
    """Shows the table or the cards.

    Signals
    -------
    play_wanted
        A row was double-clicked.
    favoured, unfolded : int
        The heart of a row, or the number of its versions, was clicked.
    rated : int, int
        Number of a row and its rating.
    menu_wanted : QPoint
        Where on the screen.
    """

    play_wanted = pyqtSignal()
    favoured = pyqtSignal(int)
    unfolded = pyqtSignal(int)
    rated = pyqtSignal(int, int)
    menu_wanted = pyqtSignal(object)

    def __init__(self, rows: ResultsTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.table, self.cards = ResultTable(rows), CardView(rows)
        for view in (self.table, self.cards):
            self._set_up(view)
        own = self.cards.selectionModel()
        self.cards.setSelectionModel(self.table.selectionModel())
        assert own is not None
        own.deleteLater()
        self.show_look("table")

    @property
    def view(self) -> ResultTable | CardView:
        """What is shown of the two."""
        return self.cards if self.currentWidget() is self.cards else self.table

    @property
    def number(self) -> int:
        """The row of the keyboard's cursor, -1 for none."""
        return self.table.currentIndex().row()

    def show_look(self, look: ResultsLook) -> None:
        """Show "table" or "cards"; the current row and the keyboard go along."""
        focused, number = self.view.hasFocus(), self.number
        self.setCurrentWidget(self.cards if look == "cards" else self.table)
        self.setFocusProxy(self.view)
        if number >= 0:
            self.select_row(number)
        if focused:
            self.view.setFocus()

    def select_row(self, number: int) -> None:
        """Make a row the current one, and show it, also where it is that already and was scrolled away."""
        self.view.select_row(number)
        self.view.scrollTo(self.view.currentIndex())

    def _set_up(self, view: ResultTable | CardView) -> None:
        view.setAccessibleName(self.tr("Suggestions"))
        view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        view.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        view.setTabKeyNavigation(False)
        view.setDragEnabled(True)
        view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        view.customContextMenuRequested.connect(lambda place: self._want_menu(view, place))
        view.play_wanted.connect(self.play_wanted)
        view.favoured.connect(self.favoured)
        view.unfolded.connect(self.unfolded)
        view.rated.connect(self.rated)
        self.addWidget(view)

    def _want_menu(self, view: QAbstractItemView, place: QPoint) -> None:
        viewport = view.viewport()
        assert viewport is not None
        self.menu_wanted.emit(viewport.mapToGlobal(place))
