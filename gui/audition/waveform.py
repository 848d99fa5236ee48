"""The outline of a track: which part of it plays, where it is, and both to be moved."""

from __future__ import annotations

from PyQt6.QtCore import QPointF, QRect, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPalette
from PyQt6.QtWidgets import QApplication, QSizePolicy, QWidget

BAR = 3
"""Pixels from one bar to the next."""
SEEK_SECONDS, MOVE_SECONDS = 5.0, 1.0
"""How far the keys go."""
Key = Qt.Key


class Waveform(QWidget):
    """Paints the peaks of a track. A click plays from there; dragging the marked part moves it.

    Keys: Left and Right go 5 s back and on, Home to the part; with Shift, Left and Right move the part by 1 s. Up and
    Down choose another track, Space plays.

    Signals
    -------
    seek : float
        Play from this second.
    part_moved : float
        The part shall begin at this second.
    toggled
        Play or pause.
    step : int
        Another track, so many further down.
    """

    seek = pyqtSignal(float)
    part_moved = pyqtSignal(float)
    toggled = pyqtSignal()
    step = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._peaks, self._duration, self._part = b"", 0.0, (0.0, 0.0)
        self._at: float | None = None
        self._grip: float | None = None
        self._pressed, self._dragged = 0.0, False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Waveform"))
        self.setToolTip(self.tr("Click: play from there (Left, Right). Drag the marked part to play another one (Shift "
                                "with Left, Right)."))  # fmt: skip
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(300, 48)  # a picture: larger texts need the room more

    def show_track(self, peaks: bytes, duration: float, part: tuple[float, float]) -> None:
        """Show a track; no duration shows nothing.

        Parameters
        ----------
        peaks : bytes
            255 for full scale.
        duration : float
            Seconds.
        part : tuple of float
            Where the part begins and ends, in seconds.
        """
        self._peaks, self._duration, self._part = peaks, duration, part
        self.update()

    def show_time(self, at: float | None) -> None:
        """Show what is heard, in seconds of the track; None shows nothing."""
        before, self._at = self._at, at
        for time in (before, at):
            if time is not None:
                self.update(QRect(round(self._x(time)) - 2, 0, 5, self.height()))

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: D102
        roles = QPalette.ColorRole
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self.palette().color(roles.Base))
            if self._duration:
                self._paint_track(painter)
            if self._at is not None:
                painter.setPen(self.palette().color(roles.BrightText))
                painter.drawLine(QPointF(self._x(self._at), 0), QPointF(self._x(self._at), self.height()))
            if self.hasFocus():
                painter.setPen(self.palette().color(roles.Highlight))
                painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent | None) -> None:  # noqa: D102
        if event is None or not self._duration or event.button() != Qt.MouseButton.LeftButton:
            return
        self._pressed, self._dragged = event.position().x(), False
        time = self._time(self._pressed)
        self._grip = time - self._part[0] if self._part[0] <= time < self._part[1] else None

    def mouseMoveEvent(self, event: QMouseEvent | None) -> None:  # noqa: D102
        if event is None or self._grip is None or not event.buttons() & Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        self._dragged = self._dragged or abs(x - self._pressed) >= QApplication.startDragDistance()
        if self._dragged:
            self.part_moved.emit(self._time(x) - self._grip)

    def mouseReleaseEvent(self, event: QMouseEvent | None) -> None:  # noqa: D102
        if event is None or not self._duration or event.button() != Qt.MouseButton.LeftButton:
            return
        if not self._dragged:
            self.seek.emit(self._time(event.position().x()))
        self._grip, self._dragged = None, False

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: D102
        if event is None:
            return
        key, shifted = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        aside = {Key.Key_Left: -1, Key.Key_Right: 1}.get(Key(key), 0)
        if key in (Key.Key_Up, Key.Key_Down):
            self.step.emit(1 if key == Key.Key_Down else -1)
        elif not self._duration:
            super().keyPressEvent(event)
        elif key == Key.Key_Space:
            self.toggled.emit()
        elif key == Key.Key_Home:
            self.seek.emit(self._part[0])
        elif aside and shifted:
            self.part_moved.emit(self._part[0] + aside * MOVE_SECONDS)
        elif aside:
            at = self._part[0] if self._at is None else self._at
            self.seek.emit(min(max(0.0, at + aside * SEEK_SECONDS), self._duration))
        else:
            super().keyPressEvent(event)

    def _paint_track(self, painter: QPainter) -> None:
        roles, width, height = QPalette.ColorRole, self.width(), self.height()
        first, last = (self._x(time) for time in self._part)
        ground, plain, accent = (self.palette().color(role) for role in (roles.Highlight, roles.Text, roles.Highlight))
        ground.setAlphaF(0.18)
        plain.setAlphaF(0.4)
        painter.fillRect(QRectF(first, 0, max(1.0, last - first), height), ground)
        peaks, bars = self._peaks, max(1, width // BAR)
        for bar in range(bars if peaks else 0):
            begin = bar * len(peaks) // bars
            end = max((bar + 1) * len(peaks) // bars, begin + 1)
            tall = max(1.0, max(peaks[begin:end]) / 255 * (height - 4))
            colour = accent if first <= (bar + 0.5) * BAR < last else plain
            painter.fillRect(QRectF(bar * BAR, (height - tall) / 2, BAR - 1, tall), colour)

    def _x(self, time: float) -> float:
        return time / self._duration * self.width() if self._duration else 0.0

    def _time(self, x: float) -> float:
        return min(max(0.0, x / max(1, self.width())), 1.0) * self._duration
