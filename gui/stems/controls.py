"""The controls above the table: where the stems are, how they shall be named, and what is done."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QDir, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.models.hosts import HostService
from gui.models.stems import Folder, SessionOf, Source, default_template
from plugin.stems import FILE_TEMPLATE
from plugin.stems.naming import FIELDS


class Controls(QWidget):
    """Source, template and buttons.

    Signals
    -------
    template_changed
        The user has written another template.
    source_changed
        Another source was chosen.
    """

    template_changed = pyqtSignal()
    source_changed = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source = QComboBox(accessibleName=self.tr("Source"), toolTip=self.tr("Where the stems are"))
        self.source.addItem(self.tr("Folder"), None)
        self.folder = QLineEdit(accessibleName=self.tr("Folder of stems"))
        self.folder.setPlaceholderText(self.tr("A folder of stems: choose it, or drop it here"))
        self.choose = QPushButton(self.tr("&Choose…"), toolTip=self.tr("Choose a folder of stems"))
        self.analyse = QPushButton(self.tr("Anal&yse"), toolTip=self.tr("Listen to the stems; nothing is changed"))
        self.stop = QPushButton(self.tr("S&top"), toolTip=self.tr("End this early"), visible=False)
        self.template = QLineEdit(FILE_TEMPLATE, accessibleName=self.tr("Template of names"))
        known = ", ".join(f"{{{field}}}" for field in FIELDS)
        self.template.setToolTip(self.tr("How names are made, with {fields}").format(fields=known))
        self.rename = QCheckBox(self.tr("Re&name"), checked=True, toolTip=self.tr("Give files their proposed names"))
        self.tags = QCheckBox(self.tr("Write ta&gs"), toolTip=self.tr("Write tags into the files; their sound stays"))
        self.overwrite = QCheckBox(self.tr("Re&place what is filled"), enabled=False)
        self.overwrite.setToolTip(self.tr("Also write over tags that the files have already"))
        self.preview = QPushButton(self.tr("Pre&view Changes…"), enabled=False)
        self.preview.setToolTip(self.tr("See every change before it is made"))
        self.undo = QPushButton(self.tr("&Undo"), enabled=False, toolTip=self.tr("Take the last change back"))
        self._lay_out()
        self.tags.toggled.connect(self.overwrite.setEnabled)
        self.choose.clicked.connect(self._choose)
        self.folder.returnPressed.connect(self.analyse.click)
        self.template.textEdited.connect(lambda _: self.template_changed.emit())
        self.source.activated.connect(lambda _: self.show_source())

    def chosen(self) -> Source | None:
        """Give the source that is chosen; None where there is no folder yet."""
        if (session := self.source.currentData()) is not None:
            return session  # type: ignore[no-any-return]
        text = self.folder.text().strip()
        return Folder(Path(text).expanduser()) if text else None

    def set_folder(self, folder: Path) -> None:
        """Choose a folder."""
        self.folder.setText(QDir.toNativeSeparators(str(folder)))
        self.source.setCurrentIndex(0)
        self.show_source()

    def show_hosts(self, hosts: HostService) -> None:
        """List the hosts that are connected now; the chosen one stays chosen while it is there."""
        chosen = self.source.currentData()
        while self.source.count() > 1:
            self.source.removeItem(1)
        for row in hosts.hosts():
            session = SessionOf(row.id, row.title, row.is_file)
            self.source.addItem(self.tr("Session in {title}").format(title=row.title), session)
            if session == chosen:
                self.source.setCurrentIndex(self.source.count() - 1)
        if self.source.currentData() != chosen:
            self.show_source()

    def show_source(self) -> None:
        """Offer what the chosen source can be given."""
        session = self.source.currentData()
        self.template.setText(default_template(session or Folder(Path())))
        for widget in (self.folder, self.choose, self.rename, self.tags):
            widget.setEnabled(session is None)
        self.overwrite.setEnabled(session is None and self.tags.isChecked())
        self.source_changed.emit()

    def set_busy(self, busy: bool) -> None:
        """Let nothing be started while something works."""
        self.stop.setVisible(busy)
        self.analyse.setVisible(not busy)

    def _choose(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder of stems"), self.folder.text())
        if folder:
            self.set_folder(Path(folder))

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        first.addWidget(self.source)
        first.addWidget(self.folder, 1)
        for widget in (self.choose, self.analyse, self.stop):
            first.addWidget(widget)
        label = QLabel(self.tr("Na&mes"))
        label.setBuddy(self.template)
        second.addWidget(label)
        second.addWidget(self.template, 1)
        for widget in (self.rename, self.tags, self.overwrite, self.preview, self.undo):
            second.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(first)
        column.addLayout(second)
