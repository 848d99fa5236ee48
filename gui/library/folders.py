"""The folders of the library, with what can be done with them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QDragEnterEvent, QDragMoveEvent, QDropEvent, QKeySequence, QShortcut
from PyQt6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from gui.drops import dropped_files
from gui.models.library import FolderRow
from plugin.errors import printable

FOLDER, STATE, WATCH, TRACKS, SCANNED = range(5)
ROW_HEIGHT = 1.6
"""Of a line of text."""


class FoldersTable(QTableWidget):
    """A row for each folder; folders can be dropped on it, and their watching switched.

    Signals
    -------
    dropped : list of Path
    removal : Path
        The user wants a folder to be removed.
    watch_set : Path, bool
    """

    dropped = pyqtSignal(list)
    removal = pyqtSignal(object)
    watch_set = pyqtSignal(object, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 5, parent)
        self._modes: dict[Path, str] = {}
        self._rows: Sequence[FolderRow] = ()
        names = (
            self.tr("Folder"),
            self.tr("State"),
            self.tr("Watch"),
            self.tr("Tracks"),
            self.tr("Last looked through"),
        )
        self.setHorizontalHeaderLabels(names)
        self.setAccessibleName(self.tr("Folders of the library"))
        self.setToolTip(self.tr("Drop folders of music here. Your files are only read, never changed."))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.setAcceptDrops(True)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * ROW_HEIGHT))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(FOLDER, QHeaderView.ResizeMode.Stretch)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self.remove_selected)
        self.itemChanged.connect(self._switch)

    def show_folders(self, rows: Sequence[FolderRow]) -> None:
        """Show these folders; the selection stays with its folders."""
        chosen = set(self.selected())
        self._rows = rows
        self.blockSignals(True)
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            watch = QTableWidgetItem(self.tr("on") if row.watched else self.tr("off"))
            watch.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            watch.setCheckState(Qt.CheckState.Checked if row.watched else Qt.CheckState.Unchecked)
            watch.setToolTip(self.tr("Take in what is new, changed, moved or deleted while the panel is open"))
            name = printable(row.path)
            watch.setData(Qt.ItemDataRole.AccessibleTextRole, self.tr("Watch {folder}").format(folder=name))
            texts = {FOLDER: name, STATE: self._state(row), TRACKS: str(row.tracks),
                     SCANNED: row.scanned or self.tr("never")}  # fmt: skip
            for column, text in texts.items():
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                if column == TRACKS:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.setItem(number, column, item)
            self.setItem(number, WATCH, watch)
        self.clearSelection()
        self.blockSignals(False)
        mode = self.selectionMode()
        self.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
        for number, row in enumerate(rows):
            if row.path in chosen:
                self.selectRow(number)
        self.setSelectionMode(mode)

    def show_mode(self, path: Path, mode: str) -> None:
        """Show how a folder is watched at the moment."""
        self._modes[path] = mode
        for number, row in enumerate(self._rows):
            item = self.item(number, STATE)
            if row.path == path and item is not None:
                self.blockSignals(True)
                item.setText(self._state(row))
                self.blockSignals(False)

    def selected(self) -> list[Path]:
        """The selected folders."""
        return [self._rows[index.row()].path for index in self.selectionModel().selectedRows()]

    def remove_selected(self) -> None:
        """Ask for the removal of the selected folder."""
        for path in self.selected()[:1]:
            self.removal.emit(path)

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # noqa: D102
        if event is not None and event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent | None) -> None:  # noqa: D102
        if event is not None and event.mimeData().hasUrls():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:  # noqa: D102
        paths = dropped_files(event.mimeData()) if event is not None else []
        if event is not None and paths:
            event.acceptProposedAction()
            self.dropped.emit(paths)

    def _state(self, row: FolderRow) -> str:
        mode = self._modes.get(row.path, "")
        if not row.online or mode == "offline":
            return self.tr("Not there: its tracks are kept")
        if not row.watched:
            return self.tr("Online")
        return {"watched": self.tr("Watched"), "polled": self.tr("Watched, looked through now and then")}.get(
            mode, self.tr("Online")
        )

    def _switch(self, item: QTableWidgetItem) -> None:
        if item.column() == WATCH:
            self.watch_set.emit(self._rows[item.row()].path, item.checkState() == Qt.CheckState.Checked)
