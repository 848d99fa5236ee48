"""The button behind which the library is kept in order."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QMenu, QPushButton, QWidget

from gui.library.upkeep import Upkeep
from gui.library.upkeep_dialogs import RestoreDialog, ask_repair
from gui.models.service import LibraryService
from gui.tasks import Tasks


class UpkeepButton(QPushButton):
    """Opens a menu; asks before the library is replaced.

    Signals
    -------
    news, problem : str
    replaced
        The library is another one now.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    replaced = pyqtSignal()

    def __init__(self, service: LibraryService, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(self.tr("&Upkeep"))
        self.setToolTip(self.tr("Checks the library, backs it up, or restores a backup"))
        self.work = Upkeep(service, tasks, self)
        menu = QMenu(self)
        self.check = menu.addAction(self.tr("&Check for Damage"), self.work.check)
        self.back_up = menu.addAction(self.tr("&Back Up Now"), self.work.back_up)
        self.restore = menu.addAction(self.tr("&Restore a Backup…"), self.work.list_backups)
        self.setMenu(menu)
        self.work.damaged.connect(self._ask_repair)
        self.work.listed.connect(self._ask_restore)
        self.work.news.connect(self.news)
        self.work.problem.connect(self.problem)
        self.work.replaced.connect(self.replaced)

    def _ask_repair(self, problems: list[str]) -> None:
        ask_repair(self, problems, self.work.repair, self.work.list_backups)

    def _ask_restore(self, backups: list[Path]) -> None:
        dialog = RestoreDialog(backups, self)
        dialog.chosen.connect(self.work.restore)
        dialog.open()
