"""A thin Qt face of `gui.models.results.ResultList`."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from PyQt6.QtCore import QAbstractTableModel, QMimeData, QModelIndex, QObject, Qt, QUrl

from gui.models.columns import COLUMNS, NUMBER, RANK, Column, aspects_text
from gui.models.results import Marks, ResultList, Row
from plugin.errors import printable
from plugin.suggest.suggestion import Suggestion

Role = Qt.ItemDataRole
NOWHERE = QModelIndex()
CENTRED = {"favourite", "rating"}
DISPLAY, ALIGNMENT, ROW, TIP, SPOKEN = (
    int(role)
    for role in (Role.DisplayRole, Role.TextAlignmentRole, Role.UserRole, Role.ToolTipRole, Role.AccessibleTextRole)
)  # plain numbers: a page of cells asks for some thousands


class ResultsTableModel(QAbstractTableModel):
    """Shows a `ResultList`; `Role.UserRole` gives the `Row` itself."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.results = ResultList()
        self.titles = {
            "rank": self.tr("#"),
            "favourite": self.tr("♥"),
            "title": self.tr("Title"),
            "artist": self.tr("Artist"),
            "part": self.tr("Best part"),
            "length": self.tr("Length"),
            "tempo": self.tr("BPM"),
            "key": self.tr("Key"),
            "score": self.tr("Score"),
            "rating": self.tr("Rating"),
            "tags": self.tr("Tags"),
            "caption": self.tr("Caption"),
        }
        self._tips = {
            "favourite": self.tr("Favourite (F)"),
            "part": self.tr("The part that fits best, and where it lies in the track"),
            "score": self.tr("Standard deviations above the library's mean track; bars by aspect: clip, words, tracks"),
            "rating": self.tr("Your rating (0 to 5)"),
        }

    def replace(self, suggestions: Iterable[Suggestion], *, show_hidden: bool = False) -> None:
        """Show a new answer."""
        self.beginResetModel()
        self.results.replace(suggestions, show_hidden=show_hidden)
        self.endResetModel()

    def mark(self, track_id: int, marks: Marks) -> Marks:
        """Show marks of a track, which may put its row away or bring it back; gives what they were."""
        number = self.results.find(track_id)
        before = self.results.mark(track_id, marks)
        hidden = self.results.is_hidden(track_id)
        if number is not None and hidden:
            self.beginRemoveRows(NOWHERE, number, number)
            self.results.remove(number)
            self.endRemoveRows()
        elif number is not None:
            self.dataChanged.emit(self.index(number, 0), self.index(number, len(COLUMNS) - 1))
        elif not hidden:
            self._reorder(lambda: self.results.restore(track_id))
        return before

    def use_version(self, number: int, version: int) -> None:
        """Let another version stand in a row."""
        self.results.use_version(number, version)
        self.dataChanged.emit(self.index(number, 0), self.index(number, len(COLUMNS) - 1))

    def rowCount(self, parent: QModelIndex = NOWHERE) -> int:  # noqa: D102 - Qt's own names
        return 0 if parent.isValid() else len(self.results)

    def columnCount(self, parent: QModelIndex = NOWHERE) -> int:  # noqa: D102
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:  # noqa: D102
        if orientation != Qt.Orientation.Horizontal:
            return None
        name = COLUMNS[section].name
        match role:
            case Role.DisplayRole:
                return self.titles[name]
            case Role.ToolTipRole:
                return self._tips.get(name)
            case Role.TextAlignmentRole:
                return ALIGNMENTS[section]
        return None

    def data(self, index: QModelIndex, role: int = Role.DisplayRole) -> Any:  # noqa: D102
        if role == ALIGNMENT:
            return ALIGNMENTS[index.column()]
        if role not in (DISPLAY, ROW, TIP, SPOKEN):
            return None
        row, column = self.results[index.row()], COLUMNS[index.column()]
        if role == DISPLAY:
            return str(row.rank) if column is RANK else column.text(row.suggestion)
        if role == ROW:
            return row
        return self._details(row.suggestion) if role == TIP else self._spoken(row, column.name)

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:  # noqa: D102
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if index.isValid() else flags

    def mimeData(self, indexes: Iterable[QModelIndex]) -> QMimeData:  # noqa: D102
        data = QMimeData()
        numbers = sorted({index.row() for index in indexes})
        data.setUrls([QUrl(self.results[number].suggestion.track.path.as_uri()) for number in numbers])
        return data

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:  # noqa: D102
        self._reorder(lambda: self.results.sort(COLUMNS[column], order == Qt.SortOrder.DescendingOrder))

    def _reorder(self, change: Any) -> None:
        self.layoutAboutToBeChanged.emit()
        held = [(index, self.results[index.row()].rank) for index in self.persistentIndexList()]
        change()
        numbers = self.results.numbers({rank for _, rank in held}) if held else {}
        for index, rank in held:
            self.changePersistentIndex(index, self.index(numbers[rank], index.column()))
        self.layoutChanged.emit()

    def _spoken(self, row: Row, name: str) -> str:
        found = row.suggestion
        match name:
            case "rank":
                return self._summary(row)
            case "favourite":
                return self.tr("favourite") if found.track.favourite else self.tr("no favourite")
            case "rating":
                return self.tr("{count} stars").format(count=found.track.rating)
            case "score":
                return f"{found.score:+.2f}, {aspects_text(found)}"
        return COLUMNS[NUMBER[name]].text(found)

    def _summary(self, row: Row) -> str:
        """Say all about a row: where the keyboard goes through rows or cards, this is what is read out."""
        found, texts = row.suggestion, {column.name: column.text(row.suggestion) for column in COLUMNS}
        parts = [
            f"{row.rank}: {texts['title']}", texts["artist"], texts["length"],
            self.tr("{tempo} BPM").format(tempo=texts["tempo"]) if texts["tempo"] else "", texts["key"],
            self.tr("best part {part}").format(part=texts["part"]),
            self.tr("score {score}").format(score=self._spoken(row, "score")),
            self._spoken(row, "rating"), self._spoken(row, "favourite") if found.track.favourite else "",
            texts["tags"], texts["caption"],
        ]  # fmt: skip
        return ", ".join(part for part in parts if part)

    def _details(self, found: Suggestion) -> str:
        lines = [
            f"<b>{escape(printable(found.track.name))}</b>",
            escape(printable(found.track.caption)),
            escape(", ".join(tag.name for tag in found.track.tags)),
            self.tr("Score {score} ({aspects})").format(score=f"{found.score:+.2f}", aspects=aspects_text(found)),
            escape(printable(found.track.path)),
            *(self.tr("version: {path}").format(path=escape(printable(track.path))) for track in found.versions),
            *(self.tr("copy: {path}").format(path=escape(printable(path))) for path in found.duplicates),
        ]
        return "<qt>" + "<br>".join(line for line in lines if line) + "</qt>"


def _alignment(column: Column) -> Qt.AlignmentFlag:
    if column.name in CENTRED:
        return Qt.AlignmentFlag.AlignCenter
    side = Qt.AlignmentFlag.AlignRight if column.numeric else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


ALIGNMENTS = [_alignment(column) for column in COLUMNS]
