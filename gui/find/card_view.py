"""Suggestions as cards, side by side."""

from __future__ import annotations

from PyQt6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPoint, QRect, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent, QPainter, QPaintEvent, QRegion, QResizeEvent
from PyQt6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem, QWidget

from gui.find.card_delegate import CONTROLS, CardDelegate
from gui.find.card_layout import least_size
from gui.find.table_model import ResultsTableModel

Move = QAbstractItemView.CursorAction
Hint = QAbstractItemView.ScrollHint
STEPS = 3
"""Notches of the wheel's three lines make a card."""


class CardView(QAbstractItemView):
    """A grid of cards, as many side by side as there is room for.

    All cards are of one size, so that each place is reckoned when it is needed: Qt's own list would lay out every row
    whenever one changes, which takes half a second where there are 100,000.

    Signals
    -------
    play_wanted
        A card was double-clicked.
    favoured, unfolded : int
        The heart of a row, or the number of its versions and copies, was clicked.
    rated : int, int
        Number of a row and its rating.
    """

    play_wanted = pyqtSignal()
    favoured = pyqtSignal(int)
    unfolded = pyqtSignal(int)
    rated = pyqtSignal(int, int)

    def __init__(self, rows: ResultsTableModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setModel(rows)
        self.card = CardDelegate(rows.results, self)
        self.card.favoured.connect(self.favoured)
        self.card.unfolded.connect(self.unfolded)
        self.card.rated.connect(self.rated)
        self.setItemDelegate(self.card)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)

    def select_row(self, number: int) -> None:
        """Make a row the current one."""
        self.setCurrentIndex(self.index_of(number))

    def index_of(self, number: int) -> QModelIndex:
        """Give the index of a row's card."""
        model = self.model()
        assert model is not None
        return model.index(number, 0)

    # What follows are Qt's own names.

    def visualRect(self, index: QModelIndex) -> QRect:  # noqa: D102
        if not index.isValid() or index.column():
            return QRect()
        return self._cell(index.row())

    def indexAt(self, p: QPoint) -> QModelIndex:  # noqa: D102
        size, beside = self._grid()
        across = self._mirrored(QRect(p, QSize(1, 1))).x() // size.width()
        number = (p.y() + self.verticalOffset()) // size.height() * beside + across
        inside = 0 <= across < beside and 0 <= number < self._count()
        return self.index_of(number) if inside else QModelIndex()

    def scrollTo(self, index: QModelIndex, hint: QAbstractItemView.ScrollHint = Hint.EnsureVisible) -> None:  # noqa: D102
        rect, bar, room = self.visualRect(index), self.verticalScrollBar(), self._room()
        if rect.isEmpty() or bar is None:
            return
        down = {
            Hint.PositionAtTop: rect.top(),
            Hint.PositionAtBottom: rect.bottom() + 1 - room.height(),
            Hint.PositionAtCenter: rect.center().y() - room.height() // 2,
        }.get(hint, min(rect.top(), 0) or max(0, min(rect.bottom() + 1 - room.height(), rect.top())))
        bar.setValue(bar.value() + down)

    def moveCursor(  # noqa: D102
        self, cursorAction: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        count, (size, beside) = self._count(), self._grid()
        if not count:
            return QModelIndex()
        page = max(1, self._room().height() // size.height()) * beside
        on = -1 if self.isRightToLeft() else 1
        step = {
            Move.MoveUp: -beside, Move.MoveDown: beside, Move.MoveLeft: -on, Move.MoveRight: on,
            Move.MovePrevious: -1, Move.MoveNext: 1, Move.MovePageUp: -page, Move.MovePageDown: page,
            Move.MoveHome: -count, Move.MoveEnd: count,
        }[cursorAction]  # fmt: skip
        at = self.currentIndex().row()
        if at < 0:
            return self.index_of(0)
        if abs(step) == beside and not 0 <= at + step < count:
            # Below the last full line, down goes to the last card; at the top, up stays.
            step = count - 1 - at if step > 0 and at // beside < (count - 1) // beside else 0
        return self.index_of(min(max(0, at + step), count - 1))

    def isIndexHidden(self, index: QModelIndex) -> bool:  # noqa: D102
        return False

    def horizontalOffset(self) -> int:  # noqa: D102
        return 0

    def verticalOffset(self) -> int:  # noqa: D102
        bar = self.verticalScrollBar()
        return 0 if bar is None else bar.value()

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:  # noqa: D102
        index, selection = self.indexAt(rect.center()), self.selectionModel()
        if index.isValid() and selection is not None:
            selection.select(index, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:  # noqa: D102
        chosen = {number for part in selection for number in range(part.top(), part.bottom() + 1)}
        region = QRegion()
        for number in self._numbers(self._room()):
            if number in chosen:
                region += QRegion(self._cell(number))
        return region

    def updateGeometries(self) -> None:  # noqa: D102
        super().updateGeometries()
        bar, (size, beside) = self.verticalScrollBar(), self._grid()
        if bar is not None:
            lines, room = -(-self._count() // beside), self._room().height()
            bar.setPageStep(room)
            bar.setSingleStep(max(1, size.height() // STEPS))
            bar.setRange(0, max(0, lines * size.height() - room))

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: D102
        viewport = self.viewport()
        if viewport is not None:
            viewport.scroll(0, dy)

    def resizeEvent(self, e: QResizeEvent | None) -> None:  # noqa: D102
        super().resizeEvent(e)
        self.updateGeometries()
        self.scrollTo(self.currentIndex())

    def paintEvent(self, e: QPaintEvent | None) -> None:  # noqa: D102
        self.executeDelayedItemsLayout()
        viewport, current, selection = self.viewport(), self.currentIndex().row(), self.selectionModel()
        if e is None or viewport is None or selection is None:
            return
        plain = QStyleOptionViewItem()
        self.initViewItemOption(plain)
        with QPainter(viewport) as painter:
            for number in self._numbers(e.rect()):
                option, index = QStyleOptionViewItem(plain), self.index_of(number)
                option.rect = self._cell(number)
                if selection.isSelected(index):
                    option.state |= QStyle.StateFlag.State_Selected
                if number == current and self.hasFocus():
                    option.state |= QStyle.StateFlag.State_HasFocus
                self.card.paint(painter, option, index)

    def mouseDoubleClickEvent(self, e: QMouseEvent | None) -> None:  # noqa: D102
        if e is None or e.button() != Qt.MouseButton.LeftButton:
            return
        if self._part_at(e.position().toPoint()) in CONTROLS:
            self.mousePressEvent(e)  # a second click on a star is a click
        elif self.indexAt(e.position().toPoint()).isValid():
            self.play_wanted.emit()

    def keyboardSearch(self, search: str | None) -> None:
        """Letters are commands here."""

    def _part_at(self, point: QPoint) -> str:
        index = self.indexAt(point)
        if not index.isValid():
            return ""
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        option.rect = self.visualRect(index)
        return self.card.layout(option, index).part_at(point)

    def _count(self) -> int:
        model = self.model()
        return 0 if model is None else model.rowCount()

    def _room(self) -> QRect:
        viewport = self.viewport()
        return QRect() if viewport is None else viewport.rect()

    def _grid(self) -> tuple[QSize, int]:
        """Give the size of a cell, and how many lie side by side."""
        least, wide = least_size(self.fontMetrics()), self._room().width()
        beside = max(1, wide // least.width())
        return QSize(max(1, wide // beside), least.height()), beside

    def _cell(self, number: int) -> QRect:
        size, beside = self._grid()
        down, across = divmod(number, beside)
        place = QPoint(across * size.width(), down * size.height() - self.verticalOffset())
        return self._mirrored(QRect(place, size))

    def _mirrored(self, rect: QRect) -> QRect:
        return QStyle.visualRect(self.layoutDirection(), self._room(), rect)

    def _numbers(self, part: QRect) -> range:
        """Give the numbers of the rows that may be seen in a part of the viewport."""
        size, beside = self._grid()
        first = max(0, (part.top() + self.verticalOffset()) // size.height())
        last = (part.bottom() + self.verticalOffset()) // size.height()
        return range(first * beside, min((last + 1) * beside, self._count()))
