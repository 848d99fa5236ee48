"""What the library holds, in numbers and small bars."""

from __future__ import annotations

from PyQt6.QtCore import QRectF, QSize, Qt
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QLabel, QScrollArea, QVBoxLayout, QWidget

from gui.models.library import LibraryView

NAME_SHARE = 0.42
"""Part of the width that is for the names."""
CHARACTERS = 36
"""Least width of the panel."""


class Bars(QWidget):
    """A line for each name, as long as its count."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent, accessibleName=title)
        self._counts: dict[str, int] = {}

    def show_counts(self, counts: dict[str, int]) -> None:
        """Show these counts, in their order."""
        self._counts = counts
        words = ", ".join(f"{name} {count}" for name, count in counts.items())
        self.setAccessibleDescription(words)
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102
        return QSize(0, self._line() * len(self._counts))

    def minimumSizeHint(self) -> QSize:  # noqa: D102
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: D102
        most, line, metrics, palette = (
            max(self._counts.values(), default=1),
            self._line(),
            self.fontMetrics(),
            self.palette(),
        )
        left = self.width() * NAME_SHARE
        number = metrics.horizontalAdvance(f" {most}")
        room = max(self.width() - left - number, 0.0)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for row, (name, count) in enumerate(self._counts.items()):
                top = row * line
                text = metrics.elidedText(name, Qt.TextElideMode.ElideRight, round(left) - metrics.averageCharWidth())
                painter.setPen(palette.windowText().color())
                painter.drawText(QRectF(0, top, left, line), Qt.AlignmentFlag.AlignVCenter, text)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(palette.highlight())
                height = line * 0.55
                length = max(room * count / most, 2.0)
                painter.drawRoundedRect(QRectF(left, top + (line - height) / 2, length, height), 2, 2)
                painter.setPen(palette.placeholderText().color())
                at = QRectF(left + length, top, number + 2, line)
                painter.drawText(at, Qt.AlignmentFlag.AlignVCenter, f" {count}")

    def _line(self) -> int:
        return round(self.fontMetrics().height() * 1.25)


class StatsPanel(QScrollArea):
    """Numbers first, then what is frequent."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, widgetResizable=True, accessibleName=self.tr("What the library holds"))
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(CHARACTERS * self.fontMetrics().averageCharWidth())
        self.numbers = QLabel(wordWrap=True, accessibleName=self.tr("Tracks"))
        inner = QWidget()
        column = QVBoxLayout(inner)
        gap = self.fontMetrics().averageCharWidth()
        column.setContentsMargins(gap, gap, gap, gap)
        column.addWidget(self.numbers)
        self._titles: dict[str, QLabel] = {}
        self.bars: dict[str, Bars] = {}
        names = {"genre": self.tr("Genres"), "mood": self.tr("Moods"), "instrument": self.tr("Instruments"),
                 "tempo": self.tr("Tempo, in BPM"), "key": self.tr("Keys")}  # fmt: skip
        for name, title in names.items():
            self._titles[name] = QLabel(f"<b>{title}</b>")
            self.bars[name] = Bars(title)
            column.addWidget(self._titles[name])
            column.addWidget(self.bars[name])
        column.addStretch()
        self.setWidget(inner)

    def show_view(self, view: LibraryView) -> None:
        """Show what there is."""
        parts = [
            self.tr("{count} tracks").format(count=view.indexed),
            self.tr("{h} h of music").format(h=f"{view.hours:.1f}"),
        ]
        if view.silent:
            parts.append(self.tr("{count} silent").format(count=view.silent))
        if view.missing:
            parts.append(self.tr("{count} missing, kept until they are back").format(count=view.missing))
        self.numbers.setText("\n".join(parts))
        for name, bars in self.bars.items():
            counts = view.bars.get(name, {})
            bars.show_counts(counts)
            bars.setVisible(bool(counts))
            self._titles[name].setVisible(bool(counts))
