"""The table of stems, grouped by role: a thin Qt face of `gui.models.stems.StemList`."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from PyQt6.QtCore import QAbstractItemModel, QModelIndex, QObject, QRectF, QSize, Qt, pyqtSignal
from PyQt6.QtGui import QColor, QFont, QPainter, QPalette
from PyQt6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.models.stems import StemList
from plugin.errors import InputError, printable
from plugin.stems import COLOURS, Stem
from plugin.stems.stem import SURE

Role = Qt.ItemDataRole
GROUP = 0
"""Internal id of the groups' own rows; rows of a group have its number from 1 up."""
WAVE_STEP = 3


class StemsModel(QAbstractItemModel):
    """Roles, and under each its stems; only the proposed name can be written.

    Signals
    -------
    problem : str
        A name that cannot be.
    """

    problem = pyqtSignal(str)
    COLUMNS = ("original", "wave", "proposed", "instrument", "tags", "tempo", "key", "loudness", "notes", "caption")
    NUMBERS = ("tempo", "loudness")

    def __init__(self, stems: StemList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.stems = stems
        self._groups: list[tuple[str, list[int]]] = []
        self._titles = {
            "original": self.tr("Name"), "wave": self.tr("Waveform"), "proposed": self.tr("Proposed name"),
            "instrument": self.tr("Instrument"), "tags": self.tr("Tags"), "tempo": self.tr("BPM"),
            "key": self.tr("Key"), "loudness": self.tr("LUFS"), "notes": self.tr("Silence, bleed"),
            "caption": self.tr("Caption"),
        }  # fmt: skip
        self._roles = {
            "drums": self.tr("Drums"), "percussion": self.tr("Percussion"), "bass": self.tr("Bass"),
            "chords": self.tr("Chords"), "pad": self.tr("Pads"), "lead": self.tr("Leads"),
            "vocal lead": self.tr("Lead vocals"), "vocal backing": self.tr("Backing vocals"),
            "fx": self.tr("Effects"), "unknown": self.tr("Not sure enough to be named"), "silent": self.tr("Silent"),
        }  # fmt: skip
        self._texts: dict[str, Callable[[int, Stem], str]] = {
            "original": lambda place, stem: self._original(place),
            "wave": lambda place, stem: "",
            "proposed": lambda place, stem: self.stems.name(place) or "",
            "instrument": lambda place, stem: stem.instrument,
            "tags": lambda place, stem: ", ".join(tag.name for tag in stem.tags if tag.score >= SURE),
            "tempo": lambda place, stem: "" if stem.tempo is None else f"{stem.tempo:.0f}",
            "key": lambda place, stem: stem.key or "",
            "loudness": lambda place, stem: "" if stem.loudness is None else f"{stem.loudness:.1f}",
            "notes": self._notes,
            "caption": lambda place, stem: stem.caption,
        }

    def refresh(self) -> None:
        """Show the list as it is now."""
        self.beginResetModel()
        self._groups = self.stems.groups()
        self.endResetModel()

    def refresh_names(self) -> None:
        """Show the names as they are now."""
        column = self.COLUMNS.index("proposed")
        for row, (_, places) in enumerate(self._groups):
            group = self.index(row, 0)
            self.dataChanged.emit(self.index(0, column, group), self.index(len(places) - 1, column, group))

    def place(self, index: QModelIndex) -> int | None:
        """Give the place of a row's stem in the list; None for a group."""
        if not index.isValid() or index.internalId() == GROUP:
            return None
        return self._groups[index.internalId() - 1][1][index.row()]

    def index(self, row: int, column: int, parent: QModelIndex = QModelIndex()) -> QModelIndex:  # noqa: B008, D102
        if not self.hasIndex(row, column, parent):
            return QModelIndex()
        return self.createIndex(row, column, parent.row() + 1 if parent.isValid() else GROUP)

    def parent(self, index: QModelIndex = QModelIndex()) -> QModelIndex:  # type: ignore[override]  # noqa: B008, D102
        if not index.isValid() or index.internalId() == GROUP:
            return QModelIndex()
        return self.createIndex(index.internalId() - 1, 0, GROUP)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, D102
        if not parent.isValid():
            return len(self._groups)
        return len(self._groups[parent.row()][1]) if parent.internalId() == GROUP and parent.column() == 0 else 0

    def columnCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, D102
        return len(self.COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:  # noqa: D102
        if orientation == Qt.Orientation.Horizontal and role == Role.DisplayRole:
            return self._titles[self.COLUMNS[section]]
        return None

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:  # noqa: D102
        flags = super().flags(index)
        if self.place(index) is not None and self.COLUMNS[index.column()] == "proposed":
            flags |= Qt.ItemFlag.ItemIsEditable
        return flags

    def data(self, index: QModelIndex, role: int = Role.DisplayRole) -> Any:  # noqa: D102
        place = self.place(index)
        if place is None:
            return self._group_data(index, role)
        assert self.stems.heard is not None
        stem, column = self.stems.heard.stems[place], self.COLUMNS[index.column()]
        if role in (Role.DisplayRole, Role.EditRole):
            text = self._texts[column](place, stem)
            if column == "proposed" and not text and role == Role.DisplayRole:
                return self.tr("(keeps its name)")
            return printable(text)
        if role == Role.ToolTipRole:
            tags = ", ".join(f"{tag.name} {tag.score:.2f}" for tag in stem.tags)
            lines = [self._original(place), stem.caption, tags, self._notes(place, stem)]
            return "<qt>" + "<br>".join(escape(printable(line)) for line in lines if line) + "</qt>"
        if role == Role.TextAlignmentRole and column in self.NUMBERS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return stem if role == Role.UserRole else None

    def setData(self, index: QModelIndex, value: Any, role: int = Role.EditRole) -> bool:  # noqa: D102
        place = self.place(index)
        if place is None or role != Role.EditRole or value == self.data(index, Role.EditRole):
            return False
        try:
            self.stems.write_name(place, str(value))
        except InputError as error:
            self.problem.emit(str(error))
            return False
        self.refresh_names()
        return True

    def _group_data(self, index: QModelIndex, role: int) -> Any:
        name, places = self._groups[index.row()]
        if role == Role.DisplayRole and index.column() == 0:
            return self.tr("{role} ({count})").format(role=self._roles[name], count=len(places))
        if role == Role.FontRole:
            font = QFont()
            font.setBold(True)
            return font
        return None

    def _original(self, place: int) -> str:
        assert self.stems.heard is not None
        folder = self.stems.heard.folder
        return folder.paths[place].name if folder is not None else self.stems.heard.originals[place]

    def _notes(self, place: int, stem: Stem) -> str:
        notes = [] if stem.silence < 0.005 else [self.tr("silent {share}").format(share=f"{stem.silence:.0%}")]
        bleed = self.stems.bleed(place)
        return ", ".join([*notes, self.tr("bleed of {source}").format(source=bleed)] if bleed else notes)


class WaveDelegate(QStyledItemDelegate):
    """Paints a stem's waveform in the colour of its role."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:  # noqa: D102
        size = super().sizeHint(option, index)
        return QSize(size.width(), round(1.7 * option.fontMetrics.height()))

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # noqa: D102
        super().paint(painter, option, index)
        stem: Stem | None = index.data(Role.UserRole)
        if stem is None or not stem.peaks or painter is None:
            return
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        colour = option.palette.color(QPalette.ColorRole.HighlightedText) if selected else QColor(COLOURS[stem.role])
        place = option.rect.adjusted(4, 3, -4, -3)
        bars = max(1, place.width() // WAVE_STEP)
        for bar in range(bars):
            first, last = bar * len(stem.peaks) // bars, max((bar + 1) * len(stem.peaks) // bars, 1)
            height = max(1.0, max(stem.peaks[first : max(last, first + 1)]) / 255 * place.height())
            top = place.center().y() - height / 2
            painter.fillRect(QRectF(place.left() + bar * WAVE_STEP, top, WAVE_STEP - 1, height), colour)
