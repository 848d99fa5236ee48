"""A track's waveform with its best part, the score by aspect as bars, and the colours of both."""

from __future__ import annotations

from PyQt6.QtCore import QRect, QRectF, QSize, Qt
from PyQt6.QtGui import QColor, QPainter, QPalette, QPixmap, QPixmapCache
from PyQt6.QtWidgets import QStyle, QStyleOptionViewItem

from gui.models.results import part_of
from plugin.suggest.suggestion import Suggestion

BAR_STEP = 3
AIR = 3
"""Pixels above and below a waveform."""
FAINT, SOFT = 0.35, 0.72
CACHE_KIB = 24 * 1024
"""Painted waveforms that are kept: some screens full of rows, also where a pixel is four."""


class Colours:
    """The colours of a row as it is now: `plain` for text, `soft` for text beside it, `accent` and `faint` for bars."""

    def __init__(self, option: QStyleOptionViewItem) -> None:
        roles = QPalette.ColorRole
        self.selected = bool(option.state & QStyle.StateFlag.State_Selected)
        self.plain = option.palette.color(roles.HighlightedText if self.selected else roles.Text)
        self.accent = option.palette.color(roles.HighlightedText if self.selected else roles.Highlight)
        self.faint, self.soft = QColor(self.plain), QColor(self.plain)
        self.faint.setAlphaF(FAINT)
        self.soft.setAlphaF(SOFT)


def keep_waveforms() -> None:
    """Make the cache of painted waveforms large enough."""
    if QPixmapCache.cacheLimit() < CACHE_KIB:
        QPixmapCache.setCacheLimit(CACHE_KIB)


def paint_waveform(painter: QPainter, place: QRect, found: Suggestion, colours: Colours) -> None:
    """Paint the track's stored peaks, its best part in the accent; from the cache where it was painted before."""
    if not found.track.peaks or place.width() < BAR_STEP:
        return
    device = painter.device()
    ratio = device.devicePixelRatioF() if device is not None else 1.0
    look = f"{colours.accent.name()}{colours.faint.name(QColor.NameFormat.HexArgb)}"
    size = f"{place.width()}x{place.height()}x{ratio}"
    key = f"wave {found.track.id} {found.start:.2f} {found.end:.2f} {size} {look}"
    pixmap = QPixmapCache.find(key)
    if pixmap is None:
        pixmap = _waveform(found, place.size(), ratio, colours)
        QPixmapCache.insert(key, pixmap)
    painter.drawPixmap(place.topLeft(), pixmap)


def paint_bar(painter: QPainter, place: QRectF, share: float, colours: Colours) -> None:
    """Paint a bar that is full to a share of 0 to 1, from where lines begin."""
    full = QRectF(place.left(), place.top(), place.width() * share, place.height())
    if painter.layoutDirection() == Qt.LayoutDirection.RightToLeft:
        full.moveRight(place.right())
    painter.fillRect(place, colours.faint)
    painter.fillRect(full, colours.accent)


def bar_share(cosine: float, best: float) -> float:
    """Say how long a bar is, 0 to 1; the best cosine of an answer fills it."""
    return max(0.0, min(cosine / best, 1.0)) if best > 0 else 0.0


def _waveform(found: Suggestion, size: QSize, ratio: float, colours: Colours) -> QPixmap:
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
        height = max(1.0, level * (size.height() - 2 * AIR))
        part = inside if first <= (at + until) / 2 < last else outside
        part.append(QRectF(bar * BAR_STEP, (size.height() - height) / 2, BAR_STEP - 1, height))
    with QPainter(pixmap) as painter:
        painter.setPen(Qt.PenStyle.NoPen)
        for colour, rectangles in ((colours.faint, outside), (colours.accent, inside)):
            painter.setBrush(colour)
            painter.drawRects(rectangles)
    return pixmap
