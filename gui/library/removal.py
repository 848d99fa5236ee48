"""The question whether a removed folder's tracks shall be forgotten too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QMessageBox, QWidget

from plugin.errors import printable


def ask_removal(parent: QWidget, folder: Path, answer: Callable[[bool], None]) -> None:
    """Ask without waiting; ``answer(forget)`` is called unless the user thinks better of it."""
    box = QMessageBox(parent)
    box.setIcon(QMessageBox.Icon.Question)
    box.setWindowTitle(box.tr("Remove Folder"))
    box.setText(box.tr("Remove {folder} from the library?").format(folder=printable(folder)))
    box.setInformativeText(
        box.tr("No file is touched. Its tracks stay in the library and are suggested, unless you forget them.")
    )
    keep = box.addButton(box.tr("&Remove, Keep Tracks"), QMessageBox.ButtonRole.AcceptRole)
    forget = box.addButton(box.tr("Remove and &Forget Tracks"), QMessageBox.ButtonRole.DestructiveRole)
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(keep)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    keep.clicked.connect(lambda: answer(False))
    forget.clicked.connect(lambda: answer(True))
    box.open()
