"""The list of clips for Qt: a thin face of `gui.models.timeline.ClipList`."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Any

from PyQt6.QtCore import QAbstractListModel, QModelIndex, QObject, Qt, pyqtSignal

from gui.models.clips import Clip, TimelineView
from gui.models.timeline import ClipList, ClipRow, State
from plugin.cli.support.units import clock
from plugin.errors import printable

Role = Qt.ItemDataRole


class ClipModel(QAbstractListModel):
    """Shows a `ClipList`; `Role.UserRole` gives the `ClipRow` itself.

    Signals
    -------
    edited
        The user wrote a caption.
    """

    edited = pyqtSignal()

    def __init__(self, clips: ClipList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.clips = clips

    def refresh(self, view: TimelineView) -> None:
        """Show a timeline as it is now; rows that stay keep selection and place."""
        for splice in self.clips.splices(view.clips):
            if splice.last > splice.first:
                self.beginRemoveRows(QModelIndex(), splice.first, splice.last - 1)
                del self.clips.rows[splice.first : splice.last]
                self.endRemoveRows()
            if splice.rows:
                self.beginInsertRows(QModelIndex(), splice.first, splice.first + len(splice.rows) - 1)
                self.clips.rows[splice.first : splice.first] = splice.rows
                self.endInsertRows()
        self.tell(range(len(self.clips.rows)))

    def tell(self, places: Iterable[int]) -> None:
        """Have rows painted anew."""
        found = sorted(places)
        if found:
            self.dataChanged.emit(self.index(found[0]), self.index(found[-1]))

    def row(self, index: QModelIndex) -> ClipRow | None:
        """The row at an index."""
        return self.clips.rows[index.row()] if index.isValid() else None

    def place(self, clip: Clip) -> QModelIndex:
        """Where a clip is in the list; an invalid index where it is not."""
        places = (number for number, row in enumerate(self.clips.rows) if row.clip.key == clip.key)
        return self.index(next(places, -1))

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008, D102 - Qt's own signature
        return 0 if parent.isValid() else len(self.clips.rows)

    def flags(self, index: QModelIndex) -> Qt.ItemFlag:  # noqa: D102
        row = self.row(index)
        editable = row is not None and row.clip.range is not None
        return super().flags(index) | (Qt.ItemFlag.ItemIsEditable if editable else Qt.ItemFlag.NoItemFlags)

    def data(self, index: QModelIndex, role: int = Role.DisplayRole) -> Any:  # noqa: D102
        row = self.row(index)
        if row is None:
            return None
        match role:
            case Role.DisplayRole:
                return printable(row.clip.name)
            case Role.EditRole:
                return row.caption
            case Role.ToolTipRole:
                return self._details(row)
            case Role.AccessibleTextRole:
                return ", ".join((printable(row.clip.name), row.clip.timeline_track, row.clip.time_in, self.said(row)))
            case Role.UserRole:
                return row
        return None

    def setData(self, index: QModelIndex, value: Any, role: int = Role.EditRole) -> bool:  # noqa: D102
        if role != Role.EditRole or not index.isValid():
            return False
        changed = self.clips.edit(index.row(), str(value))
        self.tell(changed)
        if changed:
            self.edited.emit()
        return bool(changed)

    def said(self, row: ClipRow) -> str:
        """The caption, or why there is none yet."""
        match row.state:
            case State.LISTENING:
                return self.tr("Listening…")
            case State.DONE:
                return printable(row.caption)
            case State.FAILED:
                return row.reason
        return self.tr("Not captioned yet")

    def _details(self, row: ClipRow) -> str:
        clip = row.clip
        part = self.tr("{start} to {end} of {path}").format(
            start=clock(clip.start), end=clock(clip.end), path=printable(clip.path) if clip.path else "?"
        )
        lines = [f"<b>{escape(printable(clip.name))}</b>", escape(self.said(row)), escape(", ".join(row.chips)),
                 escape(f"{clip.timeline_track}: {clip.time_in} – {clip.time_out}"), escape(part),
                 escape(clip.missing)]  # fmt: skip
        return "<qt>" + "<br>".join(line for line in dict.fromkeys(lines) if line) + "</qt>"
