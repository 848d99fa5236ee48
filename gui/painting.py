"""Waveforms, words and short texts, painted into rectangles."""

from __future__ import annotations

from PyQt6.QtCore import QRect, QRectF, Qt
from PyQt6.QtGui import QColor, QFont, QFontMetrics, QPainter, QTextLayout, QTextOption
from PyQt6.QtWidgets import QStyle

Flag = Qt.AlignmentFlag
LEFT = Flag.AlignLeft | Flag.AlignVCenter


def paint_wave(painter: QPainter, place: QRect, peaks: bytes, colour: QColor) -> None:
    """Paint peaks (0 to 255) as upright strokes around the middle."""
    middle, half = place.center().y() + 0.5, place.height() / 2 - 2
    for x in range(place.width()):
        a, b = x * len(peaks) // place.width(), (x + 1) * len(peaks) // place.width()
        high = max(0.5, half * max(peaks[a : max(b, a + 1)]) / 255)
        painter.fillRect(QRectF(place.left() + x, middle - high, 1, 2 * high), colour)


def paint_chips(painter: QPainter, room: QRect, chips: tuple[str, ...], metrics: QFontMetrics, plain: QColor) -> None:
    """Paint as many words as there is room for, from where lines begin."""
    ground, pad, left = QColor(plain), metrics.height() // 3, room.left()
    ground.setAlphaF(0.14)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for word in chips:
        wide = metrics.horizontalAdvance(word) + 2 * pad
        if left + wide > room.right():
            break
        place = QStyle.visualRect(painter.layoutDirection(), room, QRect(left, room.top(), wide, room.height()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(place).adjusted(0, 1, 0, -1), pad, pad)
        painter.setPen(plain)
        painter.drawText(place, Flag.AlignCenter, word)
        left += wide + pad // 2 + 1


def paint_lines(painter: QPainter, room: QRect, text: str, font: QFont, colour: QColor) -> None:
    """Paint a text in as many lines as there is room for; the last one is cut with an ellipsis."""
    metrics, lines = QFontMetrics(font), max(1, room.height() // QFontMetrics(font).height())
    painter.setFont(font)
    painter.setPen(colour)
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.beginLayout()
    for number in range(lines):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(room.width())
        part = text[line.textStart() : line.textStart() + line.textLength()]
        if number == lines - 1:
            part = metrics.elidedText(text[line.textStart() :], Qt.TextElideMode.ElideRight, room.width())
        place = QRect(room.left(), room.top() + number * metrics.height(), room.width(), metrics.height())
        painter.drawText(place, LEFT, part.rstrip())
    layout.endLayout()
