"""Files that could not be read, with their reasons, and another try."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import Qt, QUrl, pyqtSignal
from PyQt6.QtGui import QAction, QDesktopServices, QGuiApplication, QKeySequence
from PyQt6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from gui.library.folders import ROW_HEIGHT
from gui.models.library import Failure
from plugin.errors import printable

SHOWN = 2000
"""Rows of the table; nobody reads more, and retrying all takes all."""


class Failures(QWidget):
    """A table of failed files.

    Signals
    -------
    retried : list of Path
        The user wants these files to be read again.
    news, problem : str
    """

    retried = pyqtSignal(list)
    news = pyqtSignal(str)
    problem = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._failures: Sequence[Failure] = ()
        self.title = QLabel()
        self.table = QTableWidget(0, 2, accessibleName=self.tr("Files that could not be read"))
        self.table.setHorizontalHeaderLabels([self.tr("File"), self.tr("Why it could not be read")])
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setTabKeyNavigation(False)
        self.table.setAlternatingRowColors(True)
        self.table.setShowGrid(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(round(self.table.fontMetrics().height() * ROW_HEIGHT))
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.retry_selected = QPushButton(self.tr("Retry &Selected"), toolTip=self.tr("Read the selected files again"))
        self.retry_all = QPushButton(self.tr("Re&try All"), toolTip=self.tr("Read all these files again"))
        self.retry_selected.clicked.connect(lambda: self._retry([item.path for item in self._selected()]))
        self.retry_all.clicked.connect(lambda: self._retry([item.path for item in self._failures]))
        self.table.itemSelectionChanged.connect(self._enable)
        self._add_actions()
        row = QHBoxLayout()
        row.addWidget(self.title, 1)
        row.addWidget(self.retry_selected)
        row.addWidget(self.retry_all)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addWidget(self.table, 1)
        self.show_failures(())

    def show_failures(self, failures: Sequence[Failure]) -> None:
        """Show these files; nothing moves where they are the same."""
        self.title.setText(self.tr("Failed files: {count}").format(count=len(failures)))
        if failures != self._failures or not failures:
            self._failures = failures
            self.table.setRowCount(min(len(failures), SHOWN))
            for number, failure in enumerate(failures[:SHOWN]):
                path = printable(failure.path)
                for column, text in enumerate((printable(failure.path.name), failure.reason)):
                    item = QTableWidgetItem(text)
                    item.setToolTip(path if column == 0 else text)
                    self.table.setItem(number, column, item)
        self._enable()

    def copy(self) -> None:
        """Put the selected files and their reasons on the clipboard, one a line."""
        chosen = self._selected()
        if chosen:
            QGuiApplication.clipboard().setText("\n".join(f"{printable(row.path)}: {row.reason}" for row in chosen))
            self.news.emit(self.tr("Copied {count} lines").format(count=len(chosen)))

    def show_in_folder(self) -> None:
        """Open the folder of the first selected file in the system's file manager."""
        for failure in self._selected()[:1]:
            folder = failure.path.parent
            if not folder.is_dir() or not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
                self.problem.emit(self.tr("cannot show the folder {folder}").format(folder=printable(folder)))

    def _selected(self) -> list[Failure]:
        return [self._failures[index.row()] for index in self.table.selectionModel().selectedRows()]

    def _retry(self, paths: list[object]) -> None:
        if paths:
            self.retried.emit(paths)

    def _enable(self) -> None:
        self.retry_all.setEnabled(bool(self._failures))
        self.retry_selected.setEnabled(bool(self._selected()))

    def _add_actions(self) -> None:
        for title, shortcut, slot in (
            (self.tr("&Retry Selected"), "Ctrl+R", self.retry_selected.click),
            (self.tr("&Copy"), QKeySequence.StandardKey.Copy, self.copy),
            (self.tr("Show in &Folder"), "Ctrl+Shift+F", self.show_in_folder),
        ):
            action = QAction(title, self.table)
            action.setShortcut(QKeySequence(shortcut))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(slot)
            self.table.addAction(action)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
