"""The table of suggestions: a thin Qt face of `gui.models.results`, and how it paints the best part."""

from __future__ import annotations

from html import escape
from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QModelIndex, QObject, QRectF, QSize, Qt
from PyQt6.QtGui import QPainter, QPalette
from PyQt6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.models.results import COLUMNS, ResultList, Row
from plugin.errors import printable

PART = next(number for number, column in enumerate(COLUMNS) if column.name == "part")
TEXT_WIDTH = 80
WAVE_STEP = 3
MARGIN = 6

Role = Qt.ItemDataRole


class ResultsTableModel(QAbstractTableModel):
    """Shows a `ResultList`; `Role.UserRole` gives the `Row` itself."""

    def __init__(self, results: ResultList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.results = results
        self._titles = {
            "rank": self.tr("#"),
            "score": self.tr("Score"),
            "title": self.tr("Title"),
            "artist": self.tr("Artist"),
            "part": self.tr("Best part"),
            "length": self.tr("Length"),
            "tempo": self.tr("BPM"),
            "key": self.tr("Key"),
            "tags": self.tr("Tags"),
            "caption": self.tr("Caption"),
        }

    def replace(self, suggestions: Any) -> None:
        """Show a new answer."""
        self.beginResetModel()
        self.results.replace(suggestions)
        self.endResetModel()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, D102 - Qt's own signature
        return 0 if parent.isValid() else len(self.results.rows)

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, D102
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:  # noqa: D102
        if orientation == Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return self._titles[COLUMNS[section].name]
        if orientation == Qt.Orientation.Horizontal and role == Role.TextAlignmentRole:
            return _alignment(section)
        return None

    def data(self, index: QModelIndex, role: int = Role.DisplayRole) -> Any:  # noqa: D102
        row, column = self.results.rows[index.row()], COLUMNS[index.column()]
        match role:
            case Role.DisplayRole:
                return column.text(row)
            case Role.TextAlignmentRole:
                return _alignment(index.column())
            case Role.ToolTipRole:
                return self._details(row)
            case Role.AccessibleDescriptionRole if column.name == "score":
                return row.aspects
            case Role.UserRole:
                return row
        return None

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:  # noqa: D102
        self.layoutAboutToBeChanged.emit()
        held = [(index, self.results.rows[index.row()]) for index in self.persistentIndexList()]
        self.results.sort(COLUMNS[column], order == Qt.SortOrder.DescendingOrder)
        place = {row.rank: number for number, row in enumerate(self.results.rows)}
        for index, row in held:
            self.changePersistentIndex(index, self.index(place[row.rank], index.column()))
        self.layoutChanged.emit()

    def _details(self, row: Row) -> str:
        found = row.suggestion
        lines = [
            f"<b>{escape(printable(found.track.name))}</b>",
            escape(printable(found.track.caption)),
            escape(", ".join(tag.name for tag in found.track.tags)),
            self.tr("Score {score} ({aspects})").format(score=f"{found.score:+.2f}", aspects=row.aspects),
            escape(printable(found.track.path)),
            *(self.tr("also {path}").format(path=escape(printable(path))) for path in found.duplicates),
        ]
        return "<qt>" + "<br>".join(line for line in lines if line) + "</qt>"


class PartDelegate(QStyledItemDelegate):
    """Paints the best part: its times, and where it lies in the track's waveform."""

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # noqa: D102
        row: Row = index.data(Role.UserRole)
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
        faint = plain
        faint.setAlphaF(0.35)
        first, last = row.part
        peaks, bars = row.suggestion.track.peaks, max(0, place.width() - TEXT_WIDTH) // WAVE_STEP
        for bar in range(bars if peaks else 0):
            at = bar / bars
            level = max(peaks[int(at * len(peaks)) : int((bar + 1) / bars * len(peaks)) + 1]) / 255
            height = max(1.0, level * (place.height() - 8))
            left, top = place.left() + TEXT_WIDTH + bar * WAVE_STEP, place.center().y() - height / 2
            inside = first <= at + 0.5 / bars < last
            painter.fillRect(QRectF(left, top, WAVE_STEP - 1, height), accent if inside else faint)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: D102
        return super().sizeHint(option, index) + QSize(TEXT_WIDTH, 0)


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if COLUMNS[column].numeric else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
