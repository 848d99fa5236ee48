"""The models that can be installed, that are, and that are in use."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QGridLayout, QLabel, QMessageBox, QPushButton, QVBoxLayout, QWidget

from gui.machine.strips import HearingStrip, InstallStrip
from gui.machine.table import Table
from gui.machine.use_view import heading
from gui.models.machine import size_text
from plugin.errors import printable
from plugin.parts.choice import CORE
from plugin.parts.listing import ModelRow


class ModelsView(QWidget):
    """A table, and what can be done with its rows.

    Signals
    -------
    install_wanted : str
        Name of a model of the catalogue; empty for one of the user's own.
    use_wanted : str, str
        A role, and the model that shall do it; empty for the core pack.
    remove_wanted : str
        The user is sure.
    """

    install_wanted = pyqtSignal(str)
    use_wanted = pyqtSignal(str, str)
    remove_wanted = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: tuple[ModelRow, ...] = ()
        self._locked = ""
        columns = (self.tr("Model"), self.tr("Does"), self.tr("State"), self.tr("Size"), self.tr("Licence"),
                   self.tr("What for"))  # fmt: skip
        self.table = Table(self.tr("Models"), columns, {3})
        self.install = QPushButton(self.tr("I&nstall…"), toolTip=self.tr("Shows licence and size, and asks first"))
        self.another = QPushButton(
            self.tr("Ins&tall Own…"), toolTip=self.tr("A model that is not listed: from the hub, a file or a folder")
        )
        self.use = QPushButton(
            self.tr("U&se"), toolTip=self.tr("Puts the model into use, once the library was heard with it where needed")
        )
        self.core = QPushButton(self.tr("Use Co&re Again"), toolTip=self.tr("Lets the core pack do the work instead"))
        self.remove = QPushButton(
            self.tr("Re&move…"), toolTip=self.tr("Removes the model from the disk; not one in use")
        )
        self.problems = QLabel(wordWrap=True, visible=False, accessibleName=self.tr("Models that cannot be used"))
        self.problems.setTextFormat(Qt.TextFormat.PlainText)
        self.installing, self.hearing = InstallStrip(), HearingStrip()
        self.table.itemSelectionChanged.connect(self._enable)
        self.table.itemActivated.connect(self._activate)
        self.install.clicked.connect(lambda: self._with_row(lambda row: self.install_wanted.emit(row.name)))
        self.another.clicked.connect(lambda: self.install_wanted.emit(""))
        self.use.clicked.connect(lambda: self._with_row(lambda row: self.use_wanted.emit(row.role, row.name)))
        self.core.clicked.connect(lambda: self._with_row(lambda row: self.use_wanted.emit(row.role, "")))
        self.remove.clicked.connect(lambda: self._with_row(self._ask_removal))
        self._lay_out()
        self._enable()

    def show_models(self, rows: tuple[ModelRow, ...], problems: tuple[str, ...]) -> None:
        """Show the models there are, those in use in bold; the selection stays."""
        chosen = self._chosen()
        self._rows = rows
        self.table.show_rows(
            [self._texts(row) for row in rows], {number for number, row in enumerate(rows) if row.state == "in use"}
        )
        for number, row in enumerate(rows):
            if chosen is not None and row.name == chosen.name:
                self.table.setCurrentItem(self.table.topLevelItem(number))
        self.problems.setText("\n".join(f"⚠ {line}" for line in problems))
        self.problems.setVisible(bool(problems))
        self._enable()

    def lock(self, name: str) -> None:
        """Let a model alone that shall come into use; empty for none."""
        self._locked = name
        self._enable()

    def _texts(self, row: ModelRow) -> tuple[str, ...]:
        states = {"in use": self.tr("in use"), "installed": self.tr("installed"), "damaged": self.tr("damaged")}
        size = size_text(row.size) if row.size else ""
        return printable(row.name), row.role, states.get(row.state, ""), size, row.licence, row.about

    def _chosen(self) -> ModelRow | None:
        numbers = [self.table.indexOfTopLevelItem(item) for item in self.table.selectedItems()]
        return self._rows[numbers[0]] if numbers else None

    def _with_row(self, act: Callable[[ModelRow], None]) -> None:
        row = self._chosen()
        if row is not None:
            act(row)

    def _activate(self) -> None:
        for button in (self.use, self.install):
            if button.isEnabled():
                button.click()
                return

    def _enable(self) -> None:
        row = self._chosen()
        state = None if row is None or row.name == CORE else row.state
        free = row is not None and row.name != self._locked
        self.install.setEnabled(state in ("", "damaged"))
        self.use.setEnabled(state == "installed" and free)
        self.core.setEnabled(state == "in use")
        self.remove.setEnabled(state in ("installed", "damaged") and free)

    def _ask_removal(self, row: ModelRow) -> None:
        box = QMessageBox(self)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("Remove a Model"))
        box.setText(self.tr("Remove {model} from the disk?").format(model=printable(row.name)))
        box.setInformativeText(self.tr("It can be installed again. The library stays as it is."))
        remove = box.addButton(self.tr("&Remove"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(QMessageBox.StandardButton.Cancel)
        box.setDefaultButton(remove)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        remove.clicked.connect(partial(self.remove_wanted.emit, row.name))
        box.open()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(heading(self.tr("Models")))
        column.addWidget(self.problems)
        column.addWidget(self.table, 1)
        buttons = QGridLayout()
        for number, button in enumerate((self.install, self.another, self.use, self.core, self.remove)):
            buttons.addWidget(button, 0, number)
        buttons.setColumnStretch(5, 1)
        column.addLayout(buttons)
        column.addWidget(self.installing)
        column.addWidget(self.hearing)
