"""What would be changed, to be looked at before it is."""

from __future__ import annotations

from collections.abc import Sequence

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from plugin.errors import printable
from plugin.filetags import Change


class Preview(QWidget):
    """Old and new, file by file and field by field.

    Signals
    -------
    applied, left
        The user wants it done; or goes back, and nothing is changed.
    """

    applied = pyqtSignal()
    left = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.is_worth_it = False
        self.heading = QLabel(wordWrap=True)
        self.tree = QTreeWidget(accessibleName=self.tr("Changes"))
        self.tree.setHeaderLabels([self.tr("What"), self.tr("Now"), self.tr("Then")])
        self.tree.setAlternatingRowColors(True)
        self.back = QPushButton(self.tr("&Back"), toolTip=self.tr("Back to the stems; nothing is changed"))
        self.apply = QPushButton(self.tr("&Apply"), toolTip=self.tr("Make these changes; Undo takes them back"))
        self.back.clicked.connect(self.left)
        self.apply.clicked.connect(self.applied)
        buttons = QHBoxLayout()
        buttons.addWidget(self.back)
        buttons.addStretch()
        buttons.addWidget(self.apply)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.heading)
        column.addWidget(self.tree, 1)
        column.addLayout(buttons)

    def show_changes(self, changes: Sequence[Change]) -> None:
        """Show what would be done to files."""
        self.tree.clear()
        for change in changes:
            new = "" if change.rename_to is None else printable(change.rename_to.name)
            top = self._add(None, self.tr("File") if new else self.tr("File keeps its name"), change.path.name, new)
            for field in change.fields:
                self._add(top, f"{field.field} ({field.stored_as})", ", ".join(field.before), ", ".join(field.after))
            for field in change.kept:
                name = self.tr("{field} stays: it is filled already").format(field=field.field)
                self._add(top, name, ", ".join(field.before), "")
            for note in change.notes:
                self._add(top, self.tr("Note"), note, "")
        count = sum(not change.is_empty for change in changes)
        text = self.tr("{count} files would be changed. Their sound stays bit for bit as it is.")
        self._finish(text.format(count=count) if count else self.tr("There is nothing to change."), bool(count))

    def show_names(self, rows: Sequence[tuple[str, str]], title: str) -> None:
        """Show new names of timeline tracks: old and new."""
        self.tree.clear()
        for old, new in rows:
            self._add(None, self.tr("Timeline track"), old, new)
        text = self.tr("{count} timeline tracks would be named in {title}.")
        shown = text.format(count=len(rows), title=printable(title)) if rows else self.tr("There is nothing to change.")
        self._finish(shown, bool(rows))

    def _finish(self, heading: str, can_apply: bool) -> None:
        self.heading.setText(heading)
        self.is_worth_it = can_apply
        self.apply.setEnabled(can_apply)
        self.tree.expandAll()
        for column in range(2):
            self.tree.resizeColumnToContents(column)
            self.tree.setColumnWidth(column, min(self.tree.columnWidth(column) + 12, self.fontMetrics().height() * 24))
        (self.apply if can_apply else self.back).setFocus()

    def _add(self, parent: QTreeWidgetItem | None, *texts: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem([printable(text) for text in texts])
        for column, text in enumerate(texts):
            item.setToolTip(column, f"<qt>{printable(text)}</qt>" if len(text) > 40 and "<" not in text else "")
        if parent is None:
            self.tree.addTopLevelItem(item)
        else:
            parent.addChild(item)
        return item
