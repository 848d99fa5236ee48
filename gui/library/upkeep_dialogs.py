"""What is asked before a library is repaired or replaced by a backup; nothing waits for the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QListWidget,
    QMessageBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.models.upkeep import backup_words

SHOWN = 10
COLUMNS = 60
"""Characters that the list of backups is wide."""


def ask_repair(
    parent: QWidget, problems: Sequence[str], repair: Callable[[], None], restore: Callable[[], None]
) -> None:  # fmt: skip
    """Offer the ways out of damage."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(box.tr("Damaged Library"))
    box.setText(box.tr("The library is damaged."))
    box.setInformativeText(
        box.tr(
            "A repair keeps all that can be read, with your marks, and hears again what cannot. A backup has the "
            "library as it was then. Either way the library as it is now is kept, and no music is touched."
        )
    )
    box.setDetailedText("\n".join(problems[:SHOWN]))
    mend = box.addButton(box.tr("&Repair"), QMessageBox.ButtonRole.AcceptRole)
    back = box.addButton(box.tr("Restore a &Backup…"), QMessageBox.ButtonRole.ActionRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(mend)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    mend.clicked.connect(lambda: repair())
    back.clicked.connect(lambda: restore())
    box.open()


class RestoreDialog(QDialog):
    """A list of backups to choose from; show it by `open`.

    Signals
    -------
    chosen : Path
    """

    chosen = pyqtSignal(object)

    def __init__(self, backups: Sequence[Path], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backups = backups
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Restore a Backup"))
        self.table = QListWidget(accessibleName=self.tr("Backups"))
        for backup in backups:
            self.table.addItem(backup_words(backup))
        self.table.setCurrentRow(0)
        self.table.itemActivated.connect(self.accept)
        about = QLabel(
            self.tr(
                "The library becomes what it was at the chosen time: its folders, tracks, marks and saved searches."
                " What it is now is kept as a backup, and no music is touched."
            ),
            wordWrap=True,
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.restore = QPushButton(self.tr("&Restore"))
        buttons.addButton(self.restore, QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        for widget in (about, self.table, buttons):
            column.addWidget(widget)
        self.setMinimumWidth(COLUMNS * self.fontMetrics().averageCharWidth())

    def accept(self) -> None:  # noqa: D102
        self.chosen.emit(self._backups[self.table.currentRow()])
        super().accept()
