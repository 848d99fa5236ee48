"""How cells of the table are painted that are more than text: the waveform, the score by aspect, title and stars."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QModelIndex, QObject, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QMouseEvent, QPainter
from PyQt6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.find.painting import Colours, bar_share, keep_waveforms, paint_bar, paint_waveform
from gui.models.columns import STARS
from gui.models.results import ResultList, Row
from gui.painting import LEFT
from plugin.errors import printable
from plugin.suggest.query import ASPECTS
from plugin.suggest.suggestion import Suggestion

MARGIN = 6
Role = Qt.ItemDataRole


class _PaintedDelegate(QStyledItemDelegate):
    """Paints the cell's ground and its text in a column of its own, and leaves the rest to `paint_rest`."""

    widest = "00:00"

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        self.initStyleOption(option, index)
        style = option.widget.style() if option.widget else QApplication.style()
        assert painter is not None and style is not None
        text, option.text = option.text, ""
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, option, painter, option.widget)
        colours = Colours(option)
        painter.save()
        painter.setPen(colours.plain)
        place = option.rect.adjusted(MARGIN, 0, -MARGIN, 0)
        painter.drawText(place, LEFT, text)
        beside = option.fontMetrics.horizontalAdvance(self.widest) + MARGIN
        rest = QStyle.visualRect(option.direction, place, place.adjusted(beside, 0, 0, 0))
        if rest.width() > 0:
            row: Row = index.data(Role.UserRole)
            self.paint_rest(painter, rest, row.suggestion, colours)
        painter.restore()

    def paint_rest(self, painter: QPainter, rest: QRect, found: Suggestion, colours: Colours) -> None:
        """Paint what follows the text."""
        raise NotImplementedError


class PartDelegate(_PaintedDelegate):
    """Paints the times of the best part, and where it lies in the track's waveform."""

    widest = "00:00-00:00"

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        keep_waveforms()

    def paint_rest(self, painter: QPainter, rest: QRect, found: Suggestion, colours: Colours) -> None:  # noqa: D102
        paint_waveform(painter, rest, found, colours)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: D102
        return super().sizeHint(option, index) + QSize(option.fontMetrics.averageCharWidth() * 20, 0)


class ScoreDelegate(_PaintedDelegate):
    """Paints the score, and a bar for each aspect: its cosine beside the best one of the answer."""

    widest = "+0.00"

    def __init__(self, results: ResultList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._results = results

    def paint_rest(self, painter: QPainter, rest: QRect, found: Suggestion, colours: Colours) -> None:  # noqa: D102
        aspects = [aspect for aspect in ASPECTS if aspect in found.aspects]
        step = rest.height() / (len(ASPECTS) + 1)
        top = rest.center().y() - step * len(aspects) / 2
        for number, aspect in enumerate(aspects):
            share = bar_share(found.aspects[aspect], self._results.best[aspect])
            paint_bar(painter, QRectF(rest.left(), top + number * step + 1, rest.width(), step - 2), share, colours)


class TitleDelegate(QStyledItemDelegate):
    """Cuts a long title, but never the number of versions and copies behind it.

    Signals
    -------
    unfolded : int
        That number was clicked in a row.
    """

    unfolded = pyqtSignal(int)

    def initStyleOption(self, option: QStyleOptionViewItem | None, index: QModelIndex) -> None:  # noqa: D102
        super().initStyleOption(option, index)
        more = _more(index)
        if option is not None and more:
            row: Row = index.data(Role.UserRole)
            room = option.rect.width() - 2 * MARGIN - option.fontMetrics.horizontalAdvance(more)
            name = printable(row.suggestion.track.name)
            option.text = option.fontMetrics.elidedText(name, option.textElideMode, max(room, 0)) + more

    def editorEvent(  # noqa: D102
        self, event: QEvent | None, model: object, option: QStyleOptionViewItem, index: QModelIndex
    ) -> bool:
        more = _more(index)
        if not more or not is_click(event) or not isinstance(event, QMouseEvent):
            return False
        self.initStyleOption(option, index)
        end, wide = option.fontMetrics.horizontalAdvance(option.text), option.fontMetrics.horizontalAdvance(more)
        number = QRect(option.rect.left() + end - wide, option.rect.top(), wide + 2 * MARGIN, option.rect.height())
        if QStyle.visualRect(option.direction, option.rect, number).contains(event.position().toPoint()):
            self.unfolded.emit(index.row())
            return True
        return False


class StarsDelegate(QStyledItemDelegate):
    """Lets a click on the n-th star rate with n; the same star again takes the rating away.

    Signals
    -------
    rated : int, int
        Number of the row and the rating.
    """

    rated = pyqtSignal(int, int)

    def editorEvent(  # noqa: D102
        self, event: QEvent | None, model: object, option: QStyleOptionViewItem, index: QModelIndex
    ) -> bool:
        if not is_click(event):
            return False
        stars = QRect(0, 0, option.fontMetrics.horizontalAdvance("★" * STARS), option.rect.height())
        stars.moveCenter(option.rect.center())
        row: Row = index.data(Role.UserRole)
        self.rated.emit(index.row(), clicked_rating(event, stars, option.direction, row))
        return True


def _more(index: QModelIndex) -> str:
    row: Row = index.data(Role.UserRole)
    count = len(row.suggestion.versions) + len(row.suggestion.duplicates)
    return f"  +{count}" if count else ""


def is_click(event: QEvent | None) -> bool:
    """Whether the left button of the mouse was let go."""
    return (
        isinstance(event, QMouseEvent)
        and event.type() == QEvent.Type.MouseButtonRelease
        and event.button() == Qt.MouseButton.LeftButton
    )


def clicked_rating(event: QEvent | None, stars: QRect, direction: Qt.LayoutDirection, row: Row) -> int:
    """Give the rating that a click on the stars means; on the star that is the rating, none."""
    assert isinstance(event, QMouseEvent)
    share = (event.position().x() - stars.left()) / stars.width()
    if direction == Qt.LayoutDirection.RightToLeft:
        share = 1 - share
    rating = max(0, min(int(share * STARS + 1), STARS))
    return 0 if rating == row.suggestion.track.rating else rating
