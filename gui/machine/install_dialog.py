"""The question before a model is installed: what, from where, under which licence."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.models.machine import size_text
from gui.models.parts import Offer, look_at
from gui.tasks import Tasks

COLUMNS = 84
"""Characters that it is wide."""
LINES = 5
"""Room for the longest text of the catalogue."""
LINK = '<a href="{url}">{url}</a>'
REST_MS = 300
"""After the last key, until what was typed is looked at."""


class InstallDialog(QDialog):
    """Asks without keeping the panel from anything else; show it by `open`.

    Parameters
    ----------
    tasks : Tasks
    name : str
        Model of the catalogue; empty for one of the user's own.

    Signals
    -------
    wanted : Offer
        The user accepts its licence and wants it.
    """

    wanted = pyqtSignal(object)

    def __init__(self, tasks: Tasks, name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tasks, self._looks = tasks, 0
        self._offer: Offer | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Install a Model"))
        self.name = QLineEdit(name, readOnly=bool(name), accessibleName=self.tr("Name"))
        self.name.setPlaceholderText(self.tr("what you want to call it"))
        self.source = QLineEdit(accessibleName=self.tr("Where it comes from"))
        self.source.setPlaceholderText(self.tr("a repository on the Hugging Face hub, a file or a folder"))
        self.file = QPushButton(self.tr("&File…"), toolTip=self.tr("Choose the file of a checkpoint"))
        self.folder = QPushButton(
            self.tr("F&older…"), toolTip=self.tr("Choose the folder of a checkpoint, or of an exported pack")
        )
        self.facts = {
            "role": self._text(self.tr("What it does")),
            "licence": self._text(self.tr("Licence")),
            "page": self._text(self.tr("Page of the model")),
            "size": self._text(self.tr("Size")),
        }
        self.facts["page"].setOpenExternalLinks(True)
        self.accept_licence = QCheckBox(self.tr("I have read the &licence and accept it"))
        self.words = QLabel(wordWrap=True, accessibleName=self.tr("What happens"))
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.words.setMinimumHeight(LINES * self.fontMetrics().lineSpacing())  # a dialog does not grow with its texts
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.install = QPushButton(self.tr("&Install"))
        self.buttons.addButton(self.install, QDialogButtonBox.ButtonRole.AcceptRole)
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._lay_out()
        self._connect()
        if name:
            self.source.setFocus()
        self._enable()
        self._look()

    def _connect(self) -> None:
        self._rest.timeout.connect(self._look)
        for line in (self.name, self.source):
            line.textEdited.connect(self._wait)
        self.file.clicked.connect(lambda: self._choose(QFileDialog.getOpenFileName(self, self.tr("Checkpoint"))[0]))
        self.folder.clicked.connect(
            lambda: self._choose(QFileDialog.getExistingDirectory(self, self.tr("Folder of a checkpoint or a pack")))
        )
        self.accept_licence.toggled.connect(self._enable)
        self.buttons.accepted.connect(self._install)
        self.buttons.rejected.connect(self.reject)

    def _choose(self, path: str) -> None:
        if path:
            self.source.setText(path)
            self._wait()

    def _wait(self) -> None:
        # What was accepted was another one's licence.
        self._offer = None
        self.accept_licence.setChecked(False)
        self._enable()
        self._rest.start()

    def _look(self) -> None:
        self._looks += 1
        number, name, source = self._looks, self.name.text(), self.source.text()
        if not name.strip():
            self._show_problem(self.tr("Give it a name") if source else "")
            return
        self._tasks.run_task(
            partial(look_at, name, source), partial(self._latest, number, self._show),
            lambda error: self._latest(number, self._show_problem, str(error)),
        )  # fmt: skip

    def _latest(self, number: int, show: Callable[..., None], *values: object) -> None:
        if number == self._looks:
            show(*values)

    def _show(self, offer: Offer) -> None:
        self._offer = None if offer.lacks else offer
        unknown = self.tr("see the model's page")
        does = " · ".join(text for text in (offer.role, offer.about) if text)
        self.facts["role"].setText(does or self.tr("found out while it is installed"))
        self.facts["licence"].setText(offer.licence or unknown)
        page = LINK.format(url=offer.url) if offer.url else self.tr("not known here")
        self.facts["page"].setText(page)
        size = size_text(offer.bytes) if offer.bytes else self.tr("not known here")
        self.facts["size"].setText(
            size if offer.is_pack or not offer.bytes else self.tr("{size} to download").format(size=size)
        )
        if not self.source.text():
            self.source.setPlaceholderText(offer.source)
        about = self.tr("It is fetched once and made ready on this computer, which takes some minutes.")
        self.words.setText(offer.lacks or (self.tr("It is copied to where models are.") if offer.is_pack else about))
        self._enable()

    def _show_problem(self, text: str) -> None:
        self._offer = None
        self.words.setText(text)
        self._enable()

    def _enable(self) -> None:
        self.accept_licence.setEnabled(self._offer is not None)
        self.install.setEnabled(self._offer is not None and self.accept_licence.isChecked())

    def _install(self) -> None:
        if self._offer is not None:
            self.wanted.emit(self._offer)
        self.accept()

    def done(self, result: int) -> None:  # noqa: D102
        self._looks += 1  # what is still looked at comes too late
        self._rest.stop()
        super().done(result)

    def _lay_out(self) -> None:
        where = QHBoxLayout()
        where.addWidget(self.source, 1)
        where.addWidget(self.file)
        where.addWidget(self.folder)
        grid = QGridLayout()
        for row, (text, widget) in enumerate((
            (self.tr("&Name"), self.name),
            (self.tr("F&rom"), self.source),
            (self.tr("Does"), self.facts["role"]),
            (self.tr("Licence"), self.facts["licence"]),
            (self.tr("Page"), self.facts["page"]),
            (self.tr("Size"), self.facts["size"]),
        )):  # fmt: skip
            label = QLabel(text)
            label.setBuddy(widget)
            grid.addWidget(label, row, 0)
            if widget is self.source:
                grid.addLayout(where, row, 1)
            else:
                grid.addWidget(widget, row, 1)
        column = QVBoxLayout(self)
        column.addLayout(grid)
        for widget in (self.words, self.accept_licence, self.buttons):
            column.addWidget(widget)
        self.setMinimumWidth(COLUMNS * self.fontMetrics().averageCharWidth())

    def _text(self, name: str) -> QLabel:
        label = QLabel("–", accessibleName=name, wordWrap=True)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextBrowserInteraction)
        return label
