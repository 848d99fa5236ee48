"""The model packs on this machine, and how further ones come."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from gui.machine.table import Table
from gui.machine.use_view import heading
from gui.models.machine import Machine, PackFacts, packs_folder, size_text
from plugin.errors import printable


class PacksView(QWidget):
    """Packs to choose from.

    Signals
    -------
    pack_chosen : str
        Folder of a pack; empty for the shipped one.
    another_wanted
        The user wants to choose a folder.
    again_wanted
        The user wants the packs to be looked for again.
    """

    pack_chosen = pyqtSignal(str)
    another_wanted = pyqtSignal()
    again_wanted = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._packs: tuple[PackFacts, ...] = ()
        self._in_use: PackFacts | None = None
        columns = (self.tr("Pack"), self.tr("Size"), self.tr("Licence"), self.tr("Where"))
        self.table = Table(self.tr("Model packs"), columns, {1})
        self.use = self._button(self.tr("Use this &pack"), self.tr("Loads the chosen pack and uses it if it runs"))
        self.another = self._button(
            self.tr("Use &another pack…"), self.tr("Choose the folder of a pack that lies elsewhere")
        )
        self.again = self._button(self.tr("Look a&gain"), self.tr("Looks for packs that have come since"))
        self.about = QLabel(wordWrap=True)
        self.table.itemSelectionChanged.connect(self._look_at_choice)
        self.table.itemActivated.connect(self._use)
        self.use.clicked.connect(self._use)
        self.another.clicked.connect(self.another_wanted)
        self.again.clicked.connect(self.again_wanted)
        self._lay_out()
        self._look_at_choice()

    def show_packs(self, machine: Machine) -> None:
        """Show the packs there are; the one in use is in bold."""
        self._packs, self._in_use = machine.packs, machine.pack
        self.table.show_rows([self._row(pack) for pack in self._packs], {
            number for number, pack in enumerate(self._packs) if self._is_in_use(pack)
        })  # fmt: skip
        self._look_at_choice()

    def _row(self, pack: PackFacts) -> tuple[str, str, str, str]:
        where = self.tr("came with Cuefinder") if pack.is_shipped else printable(pack.folder)
        if pack.problems:
            return printable(pack.folder.name), "", "", pack.problems[0]
        if self._is_in_use(pack):
            where = self.tr("in use, {where}").format(where=where)
        return f"{pack.id} {pack.version}", size_text(pack.size), pack.licence, where

    def _is_in_use(self, pack: PackFacts) -> bool:
        return self._in_use is not None and pack.folder == self._in_use.folder

    def _chosen(self) -> PackFacts | None:
        numbers = [self.table.indexOfTopLevelItem(item) for item in self.table.selectedItems()]
        return self._packs[numbers[0]] if numbers else None

    def _look_at_choice(self) -> None:
        pack = self._chosen()
        self.use.setEnabled(pack is not None and not pack.problems and not self._is_in_use(pack))

    def _use(self) -> None:
        pack = self._chosen()
        if pack is not None and self.use.isEnabled():
            self.pack_chosen.emit("" if pack.is_shipped else str(pack.folder))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(heading(self.tr("Model packs")))
        column.addWidget(self.table, 1)
        buttons = QGridLayout()
        for number, button in enumerate((self.use, self.another, self.again)):
            buttons.addWidget(button, 0, number)
        buttons.setColumnStretch(3, 1)
        column.addLayout(buttons)
        text = self.tr(
            "A pack is a folder with models and a manifest. Packs in {folder} are listed here; others are used from "
            "where they lie. Nothing is downloaded."
        )
        self.about.setText(text.format(folder=printable(packs_folder())))
        column.addWidget(self.about)

    def _button(self, text: str, tip: str) -> QPushButton:
        return QPushButton(text, toolTip=tip)
