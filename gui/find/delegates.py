"""How cells are painted that are more than text: the waveform with its best part, and the score by aspect."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QModelIndex, QObject, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QMouseEvent, QPainter, QPalette, QPixmap, QPixmapCache
from PyQt6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.models.columns import STARS
from gui.models.results import ResultList, Row, part_of
from plugin.errors import printable
from plugin.suggest.query import ASPECTS
from plugin.suggest.suggester import Suggestion

MARGIN = 6
BAR_STEP = 3
FAINT = 0.35
CACHE_KIB = 24 * 1024
"""Painted waveforms that are kept: some screens full of rows, also where a pixel is four."""

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
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        roles = QPalette.ColorRole
        plain = option.palette.color(roles.HighlightedText if selected else roles.Text)
        accent = option.palette.color(roles.HighlightedText if selected else roles.Highlight)
        painter.save()
        painter.setPen(plain)
        place = option.rect.adjusted(MARGIN, 0, -MARGIN, 0)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        left = place.left() + option.fontMetrics.horizontalAdvance(self.widest) + MARGIN
        rest = QRect(left, place.top(), place.right() - left, place.height())
        if rest.width() > 0:
            row: Row = index.data(Role.UserRole)
            faint = QColor(plain)
            faint.setAlphaF(FAINT)
            self.paint_rest(painter, rest, row.suggestion, accent, faint)
        painter.restore()

    def paint_rest(self, painter: QPainter, rest: QRect, found: Suggestion, accent: QColor, faint: QColor) -> None:
        """Paint what follows the text."""
        raise NotImplementedError


class PartDelegate(_PaintedDelegate):
    """Paints the times of the best part, and where it lies in the track's waveform."""

    widest = "00:00-00:00"

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        if QPixmapCache.cacheLimit() < CACHE_KIB:
            QPixmapCache.setCacheLimit(CACHE_KIB)

    def paint_rest(  # noqa: D102
        self, painter: QPainter, rest: QRect, found: Suggestion, accent: QColor, faint: QColor
    ) -> None:
        if not found.track.peaks:
            return
        device = painter.device()
        ratio = device.devicePixelRatioF() if device is not None else 1.0
        colours = f"{accent.name()}{faint.name(QColor.NameFormat.HexArgb)}"
        size = f"{rest.width()}x{rest.height()}x{ratio}"
        key = f"wave {found.track.id} {found.start:.2f} {found.end:.2f} {size} {colours}"
        pixmap = QPixmapCache.find(key)
        if pixmap is None:
            pixmap = _waveform(found, rest.size(), ratio, accent, faint)
            QPixmapCache.insert(key, pixmap)
        painter.drawPixmap(rest.topLeft(), pixmap)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: D102
        return super().sizeHint(option, index) + QSize(option.fontMetrics.averageCharWidth() * 20, 0)


class ScoreDelegate(_PaintedDelegate):
    """Paints the score, and a bar for each aspect: its cosine beside the best one of the answer."""

    widest = "+0.00"

    def __init__(self, results: ResultList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._results = results

    def paint_rest(  # noqa: D102
        self, painter: QPainter, rest: QRect, found: Suggestion, accent: QColor, faint: QColor
    ) -> None:
        aspects = [aspect for aspect in ASPECTS if aspect in found.aspects]
        step = rest.height() / (len(ASPECTS) + 1)
        top = rest.center().y() - step * len(aspects) / 2
        for number, aspect in enumerate(aspects):
            share = bar_share(found.aspects[aspect], self._results.best[aspect])
            line = QRectF(rest.left(), top + number * step + 1, rest.width(), step - 2)
            painter.fillRect(line, faint)
            painter.fillRect(QRectF(line.left(), line.top(), line.width() * share, line.height()), accent)


class TitleDelegate(QStyledItemDelegate):
    """Cuts a long title, but never the number of versions and copies behind it."""

    def initStyleOption(self, option: QStyleOptionViewItem | None, index: QModelIndex) -> None:  # noqa: D102
        super().initStyleOption(option, index)
        row: Row = index.data(Role.UserRole)
        count = len(row.suggestion.versions) + len(row.suggestion.duplicates)
        if option is not None and count:
            more = f"  +{count}"
            room = option.rect.width() - 2 * MARGIN - option.fontMetrics.horizontalAdvance(more)
            name = printable(row.suggestion.track.name)
            option.text = option.fontMetrics.elidedText(name, option.textElideMode, max(room, 0)) + more


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
        if (
            isinstance(event, QMouseEvent)
            and event.type() == QEvent.Type.MouseButtonRelease
            and event.button() == Qt.MouseButton.LeftButton
        ):
            width = option.fontMetrics.horizontalAdvance("★" * STARS)
            left = option.rect.center().x() - width / 2
            star = int((event.position().x() - left) / width * STARS) + 1
            row: Row = index.data(Role.UserRole)
            rating = max(0, min(star, STARS))
            self.rated.emit(index.row(), 0 if rating == row.suggestion.track.rating else rating)
            return True
        return False


def bar_share(cosine: float, best: float) -> float:
    """Say how long a bar is, 0 to 1; the best cosine of an answer fills it."""
    return max(0.0, min(cosine / best, 1.0)) if best > 0 else 0.0


def _waveform(found: Suggestion, size: QSize, ratio: float, accent: QColor, faint: QColor) -> QPixmap:
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    peaks, bars = found.track.peaks, size.width() // BAR_STEP
    first, last = part_of(found)
    inside: list[QRectF] = []
    outside: list[QRectF] = []
    for bar in range(bars):
        at, until = bar / bars, (bar + 1) / bars
        level = max(peaks[int(at * len(peaks)) : int(until * len(peaks)) + 1]) / 255
        height = max(1.0, level * (size.height() - MARGIN))
        part = inside if first <= (at + until) / 2 < last else outside
        part.append(QRectF(bar * BAR_STEP, (size.height() - height) / 2, BAR_STEP - 1, height))
    with QPainter(pixmap) as painter:
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, rectangles in ((faint, outside), (accent, inside)):
            painter.setBrush(colour)
            painter.drawRects(rectangles)
    return pixmap
