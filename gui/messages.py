"""The status bar: one line of news, progress, and what library and device are in use."""

from __future__ import annotations

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QPainter, QPaintEvent
from PyQt6.QtWidgets import QLabel, QProgressBar, QPushButton, QSizePolicy, QStatusBar, QStyle, QWidget

from gui.models.library import LibraryView
from gui.models.service import IndexState
from plugin.cli.support.units import clock
from plugin.runtime.device import Placement

READING_MS = 3000
"""How long an error stays before news may take its place: what goes on in the background must not hide it."""


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
        self._waiting = ""
        self._reading = QTimer(self, singleShot=True, interval=READING_MS)
        self._reading.timeout.connect(self._tell_waiting)
        self.sign = QLabel(accessibleName=self.tr("Error"), visible=False)
        size = self.fontMetrics().height()
        self.sign.setPixmap(self.style().standardIcon(QStyle.StandardPixmap.SP_MessageBoxWarning).pixmap(size))
        self.text = ElidedLabel()
        self.text.setAccessibleName(self.tr("Message"))
        self.progress = QProgressBar(accessibleName=self.tr("Indexing"), visible=False)
        self.progress.setFixedWidth(240)
        self.stop = QPushButton(self.tr("Stop Inde&xing"), visible=False)
        self.stop.clicked.connect(self.stopped)
        self.library = QLabel(accessibleName=self.tr("Library"))
        self.device = QLabel(self.tr("Loading models…"), accessibleName=self.tr("Device"))
        self.setContentsMargins(6, 0, 6, 0)
        self.addWidget(self.sign)
        self.addWidget(self.text, 1)
        for widget in (self.progress, self.stop, self.library, self.device):
            self.addPermanentWidget(widget)

    def say(self, text: str) -> None:
        """Tell some news; while an error is being read it waits, and only the last news is told then."""
        if self._reading.isActive():
            self._waiting = text
        else:
            self._set(text, is_error=False)

    def fail(self, text: str) -> None:
        """Tell what went wrong."""
        self._waiting = ""
        self._reading.start()
        self._set(text, is_error=True)

    def shut_down(self) -> None:
        """Let nothing wait."""
        self._reading.stop()

    def _tell_waiting(self) -> None:
        if self._waiting:
            self._set(self._waiting, is_error=False)
            self._waiting = ""

    def show_library(self, view: LibraryView) -> None:
        """Show what the library holds."""
        text = self.tr("Tracks {indexed} · failed {failed} · {hours} h")
        self.library.setText(
            text.format(indexed=view.indexed, failed=len(view.failures), hours=f"{view.hours:.1f}")
        )  # fmt: skip

    def show_device(self, placement: Placement | None) -> None:
        """Show where the models run; None where they do not."""
        if placement is None:
            self.device.setText(self.tr("No models"))
            return
        self.device.setText(self.tr("Models on {device}").format(device=placement.device))
        self.device.setToolTip(str(placement))

    def show_progress(self, state: IndexState | None) -> None:
        """Show how far indexing is; None when nothing is read."""
        self.progress.setVisible(state is not None)
        if state is not None:
            self.progress.setRange(0, 1000)
            self.progress.setValue(round(state.share * 1000))
            left = "" if state.seconds_left is None else self.tr(", {time} left").format(time=clock(state.seconds_left))
            self.progress.setFormat(f"{state.files_done}/{state.files_total}{left}")

    def show_running(self, running: bool) -> None:
        """A run that the user started goes on, or has ended."""
        self.stop.setVisible(running)
        if running and not self.progress.isVisible():
            self.progress.setRange(0, 0)
            self.progress.show()

    def _set(self, text: str, *, is_error: bool) -> None:
        line = " ".join(text.split())
        self.sign.setVisible(is_error)
        self.text.setText(line)
        self.text.setToolTip(line)
        self.text.update()  # also where it is the same line again
