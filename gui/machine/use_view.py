"""The models in use: pack, checksums, graphs, device and why it is that one."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtWidgets import QComboBox, QGridLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from gui.machine.table import Table
from gui.models.machine import Machine, size_text
from plugin.errors import printable


class UseView(QWidget):
    """What runs, and where.

    Signals
    -------
    device_chosen : str
        "auto", "cpu" or "cuda".
    """

    device_chosen = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pack = self._text(self.tr("Pack in use"))
        self.folder = QLineEdit(readOnly=True, frame=False, accessibleName=self.tr("Folder of the pack in use"))
        self.checksums = self._text(self.tr("State of the pack's files"))
        self.device = self._text(self.tr("Device in use, and why"))
        self.choice = QComboBox(accessibleName=self.tr("Device to use"))
        self.choice.setToolTip(self.tr("The models are tried out on a device before it is used"))
        for value, text in (
            ("auto", self.tr("Automatic: CUDA where it runs")),
            ("cpu", self.tr("CPU")),
            ("cuda", self.tr("CUDA (NVIDIA)")),
        ):
            self.choice.addItem(text, value)
        self.choice.activated.connect(lambda index: self.device_chosen.emit(self.choice.itemData(index)))
        self.graphs = Table(self.tr("Graphs of the pack"), (self.tr("Graph"), self.tr("Size"), self.tr("Runs on")), {1})
        self._lay_out()

    def show_choice(self, device: str) -> None:
        """Show the device that is asked for."""
        self.choice.setCurrentIndex(self.choice.findData(device))

    def show_machine(self, machine: Machine) -> None:
        """Show what is in use."""
        pack = machine.pack
        if pack is None:
            self.pack.setText(self.tr("None: {why}").format(why=machine.problem))
            self.checksums.setText("")
        else:
            facts = (f"{pack.id} {pack.version}", size_text(pack.size), pack.licence)
            self.pack.setText(" · ".join(fact for fact in facts if fact))
            self.checksums.setText("\n".join(pack.problems) or self.tr("All files are as they were made"))
        self.folder.setText(printable(pack.folder) if pack else "")
        self.folder.setToolTip(self.folder.text())
        self.folder.setCursorPosition(0)
        self.device.setText(str(machine.placement) if machine.placement else self.tr("None"))
        rows = [(graph.name, size_text(graph.size), graph.device) for graph in (pack.graphs if pack else ())]
        self.graphs.show_rows(rows)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(heading(self.tr("In use")))
        grid = QGridLayout()  # a form would cut texts that wrap
        for row, (text, widget) in enumerate((
            (self.tr("Pack"), self.pack),
            (self.tr("Folder"), self.folder),
            (self.tr("Files"), self.checksums),
            (self.tr("Device"), self.device),
            (self.tr("&Use device"), self.choice),
        )):  # fmt: skip
            label = QLabel(text)
            label.setBuddy(widget)
            # Beside a text that may wrap the name stands at its first line.
            at = Qt.AlignmentFlag.AlignTop if isinstance(widget, QLabel) else Qt.AlignmentFlag.AlignVCenter
            grid.addWidget(label, row, 0, at)
            grid.addWidget(widget, row, 1)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        column.addWidget(self.graphs, 1)

    def _text(self, name: str) -> QLabel:
        label = QLabel(self.tr("Loading…"), wordWrap=True, accessibleName=name)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        return label


def heading(text: str) -> QLabel:
    """Make a heading of a part of a page."""
    label = QLabel(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    return label
