"""What the doctor found, to read and to copy."""

from __future__ import annotations

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QFontDatabase
from PyQt6.QtWidgets import QApplication, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from gui.machine.use_view import heading
from gui.models.machine import report_text
from plugin.doctor import Report


class DoctorView(QWidget):
    """A report of the whole installation.

    Signals
    -------
    wanted
        The user wants it to be checked.
    news : str
        A line for the status bar.
    """

    wanted = pyqtSignal()
    news = pyqtSignal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.check = QPushButton(self.tr("&Check now"))
        self.check.setToolTip(self.tr("Looks at versions, pack, device, library and decoder; takes some seconds"))
        self.copy = QPushButton(self.tr("Cop&y report"), enabled=False)
        self.copy.setToolTip(self.tr("Copies the report, for a bug report or a question"))
        self.report = QPlainTextEdit(readOnly=True, accessibleName=self.tr("Report"), tabChangesFocus=True)
        self.report.setPlaceholderText(self.tr("Looks at versions, model pack, device, library and decoder."))
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF())
        self.report.setFont(font)
        self.report.setMinimumHeight(5 * self.fontMetrics().lineSpacing())
        self.check.clicked.connect(self.wanted)
        self.copy.clicked.connect(self._copy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        row = QHBoxLayout()
        row.addWidget(heading(self.tr("Is all well?")))
        row.addStretch()
        row.addWidget(self.check)
        row.addWidget(self.copy)
        column.addLayout(row)
        column.addWidget(self.report, 1)

    def set_busy(self, is_busy: bool) -> None:
        """Show that it is being checked."""
        self.check.setEnabled(not is_busy)
        self.check.setText(self.tr("&Checking…") if is_busy else self.tr("&Check now"))

    def show_report(self, report: Report) -> None:
        """Show what was found."""
        self.report.setPlainText(report_text(report))
        self.copy.setEnabled(True)
        if report.problems:
            self.news.emit(self.tr("Problems found: {count}").format(count=len(report.problems)))
        else:
            self.news.emit(self.tr("All is well"))

    def _copy(self) -> None:
        clipboard = QApplication.clipboard()
        assert clipboard is not None
        clipboard.setText(self.report.toPlainText())
        self.news.emit(self.tr("The report is copied"))
