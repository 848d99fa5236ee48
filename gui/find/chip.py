"""A part of the question as a small frame: what it is, how much it counts, and a way to be rid of it."""

from __future__ import annotations

from PyQt6.QtCore import Qt, pyqtSignal
from PyQt6.QtGui import QKeyEvent, QPalette
from PyQt6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from gui.models.chips import Chip

STEPS = 100
"""Position of a slider at which its weight is 1; it goes on to 2."""


class WeightSlider(QWidget):
    """Sets how much an aspect counts.

    Signals
    -------
    weighed : float
        By the user, from 0 to 2.
    """

    weighed = pyqtSignal(float)

    def __init__(self, what: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Weight of {what}").format(what=what))
        self.slider.setToolTip(self.tr("How much this counts beside the others"))
        self.slider.setRange(0, 2 * STEPS)
        self.slider.setPageStep(STEPS // 4)
        self.slider.setSingleStep(STEPS // 20)
        self.slider.setValue(STEPS)
        self.slider.setFixedWidth(self.fontMetrics().averageCharWidth() * 11)
        self._number = QLabel("1.00")
        self._number.setMinimumWidth(self.fontMetrics().horizontalAdvance("0.00"))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.slider)
        line.addWidget(self._number)
        self.slider.valueChanged.connect(self._weigh)

    def show_weight(self, weight: float) -> None:
        """Show a weight that was set elsewhere."""
        self.slider.blockSignals(True)
        self.slider.setValue(round(weight * STEPS))
        self.slider.blockSignals(False)
        self._number.setText(f"{weight:.2f}")

    def _weigh(self, value: int) -> None:
        self._number.setText(f"{value / STEPS:.2f}")
        self.weighed.emit(value / STEPS)


class ChipButton(QToolButton):
    """The words of a chip; Delete or Backspace asks to remove it.

    Signals
    -------
    delete_pressed
    """

    delete_pressed = pyqtSignal()

    def keyPressEvent(self, event: QKeyEvent | None) -> None:  # noqa: D102
        if event is not None and event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_pressed.emit()
        else:
            super().keyPressEvent(event)


class ChipWidget(QFrame):
    """Shows a `Chip`.

    Signals
    -------
    opened
        The user wants to change it.
    removed
        The user wants it away.
    weighed : str, float
        An aspect and its new weight.
    """

    opened = pyqtSignal()
    removed = pyqtSignal()
    weighed = pyqtSignal(str, float)

    def __init__(self, chip: Chip, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chip = chip
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setBackgroundRole(QPalette.ColorRole.Button)
        self.setAutoFillBackground(True)
        self.button = ChipButton()
        self.button.setText(chip.text.replace("&", "&&"))
        self.button.setAutoRaise(True)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button.setToolTip(self.tr("{details}\nDelete removes it").format(details=chip.details))
        self.button.setAccessibleName(self._name())
        self.button.setAccessibleDescription(chip.details)
        self.button.clicked.connect(self.opened)
        self.button.delete_pressed.connect(self.removed)
        self.weight = WeightSlider(chip.text) if chip.aspect else None
        away = QToolButton(text="✕", autoRaise=True, focusPolicy=Qt.FocusPolicy.NoFocus)
        away.setAccessibleName(self.tr("Remove {what}").format(what=chip.text))
        away.setToolTip(self.tr("Remove"))
        away.clicked.connect(self.removed)
        self.away = away
        line = QHBoxLayout(self)
        line.setContentsMargins(2, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self.button)
        if self.weight is not None:
            self.weight.weighed.connect(lambda weight: self.weighed.emit(chip.aspect, weight))
            line.addWidget(self.weight)
        line.addWidget(away)

    def _name(self) -> str:
        kinds = {
            "clip": self.tr("Clip: {what}"),
            "like": self.tr("Take after: {what}"),
            "unlike": self.tr("Keep away from: {what}"),
            "filter": self.tr("Filter: {what}"),
        }
        return kinds[self.chip.kind].format(what=self.chip.text)
