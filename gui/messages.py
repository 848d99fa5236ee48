"""The status bar: one line of news, progress, and what library and device are in use."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QLabel, QProgressBar, QPushButton, QSizePolicy, QStatusBar, QStyle, QWidget

from gui.models.service import IndexState, Summary
from plugin.cli.support.units import clock


class ElidedLabel(QLabel):
    """One line of text that gives way where there is no room; its tooltip has it all."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: D102
        text = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideMiddle, self.width())
        style = self.style()
        assert style is not None
        with QPainter(self) as painter:
            style.drawItemText(painter, self.rect(), Qt.AlignmentFlag.AlignVCenter, self.palette(), True, text)


class Messages(QStatusBar):
    """Says what happens, one line at a time.

    Signals
    -------
    stopped
        The user wants indexing to end.
    """

    stopped = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sign = QLabel(accessibleName=self.tr("Error"), visible=False)
        size = self.fontMetrics().height()
        self.sign.setPixmap(self.style().standardIcon(QStyle.StandardPixmap.SP_MessageBoxWarning).pixmap(size))
        self.text = ElidedLabel()
        self.text.setAccessibleName(self.tr("Message"))
        self.progress = QProgressBar(accessibleName=self.tr("Indexing"), visible=False)
        self.progress.setFixedWidth(240)
        self.stop = QPushButton(self.tr("Stop &Indexing"), visible=False)
        self.stop.clicked.connect(self.stopped)
        self.library = QLabel(accessibleName=self.tr("Library"))
        self.device = QLabel(self.tr("Loading models…"), accessibleName=self.tr("Device"))
        self.setContentsMargins(6, 0, 6, 0)
        self.addWidget(self.sign)
        self.addWidget(self.text, 1)
        for widget in (self.progress, self.stop, self.library, self.device):
            self.addPermanentWidget(widget)

    def say(self, text: str) -> None:
        """Tell some news."""
        self._set(text, is_error=False)

    def fail(self, text: str) -> None:
        """Tell what went wrong."""
        self._set(text, is_error=True)

    def show_summary(self, summary: Summary) -> None:
        """Show what the library holds."""
        text = self.tr("Tracks {indexed} · failed {failed} · {hours} h")
        self.library.setText(text.format(indexed=summary.indexed, failed=summary.failed, hours=f"{summary.hours:.1f}"))

    def show_device(self, device: str | None) -> None:
        """Show where the models run; None where they do not."""
        self.device.setText(self.tr("Models on {device}").format(device=device) if device else self.tr("No models"))

    def show_progress(self, state: IndexState | None) -> None:
        """Show how far indexing is; None while it is still looking for files."""
        self.progress.setRange(0, 0 if state is None else 1000)
        if state is not None:
            self.progress.setValue(round(state.share * 1000))
            left = "" if state.seconds_left is None else self.tr(", {time} left").format(time=clock(state.seconds_left))
            self.progress.setFormat(f"{state.files_done}/{state.files_total}{left}")
        self.progress.show()
        self.stop.show()

    def hide_progress(self) -> None:
        """Indexing has ended."""
        self.progress.hide()
        self.stop.hide()

    def _set(self, text: str, *, is_error: bool) -> None:
        line = " ".join(text.split())
        self.sign.setVisible(is_error)
        self.text.setText(line)
        self.text.setToolTip(line)
