"""Equaliser and fades behind one button."""

from __future__ import annotations

from functools import partial

from PyQt6.QtCore import QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSlider,
    QToolButton,
    QWidget,
    QWidgetAction,
)

STEPS = 2
"""Slider steps for a decibel."""
TONE_DB = 12
LONGEST_FADE = 60.0


class ToneButton(QToolButton):
    """Opens sliders for three bands and numbers for two fades; its text says whether a band is changed.

    Signals
    -------
    changed : str, float
        The name of a band ("low_db", ...) or fade ("fade_in", ...) and the user's value, in dB or seconds.
    reset
        Neither band nor fade of the user's own.
    """

    changed = pyqtSignal(str, float)
    reset = pyqtSignal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTip(self.tr("Equaliser and fades: heard at once, and placed as heard"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.sliders: dict[str, QSlider] = {}
        self.fades: dict[str, QDoubleSpinBox] = {}
        self._numbers: dict[str, QLabel] = {}
        box = QWidget()
        self._grid = QGridLayout(box)
        for name, title in (("low_db", self.tr("&Low, under 200 Hz")), ("mid_db", self.tr("&Middle, 1 kHz")),
                            ("high_db", self.tr("&High, over 5 kHz"))):  # fmt: skip
            self._add_slider(name, title)
        for name, title in (("fade_in", self.tr("Fade &in")), ("fade_out", self.tr("Fade &out"))):
            self._add_fade(name, title)
        self.reset_button = QPushButton(self.tr("&Reset"))
        self.reset_button.setToolTip(self.tr("The track's own tone, and the fades of the settings"))
        self.reset_button.clicked.connect(self.reset)
        self._grid.addWidget(self.reset_button, self._grid.rowCount(), 0, 1, 3)
        menu, action = QMenu(self), QWidgetAction(self)
        action.setDefaultWidget(box)
        menu.addAction(action)
        self.setMenu(menu)
        self.show_bands({})

    def show_bands(self, bands: dict[str, float]) -> None:
        """Show levels of bands in dB; those that are not given are 0."""
        for name, slider in self.sliders.items():
            with QSignalBlocker(slider):
                slider.setValue(round(bands.get(name, 0.0) * STEPS))
            self._numbers[name].setText(decibels(bands.get(name, 0.0)))
        text = self.tr("Tone •") if any(bands.values()) else self.tr("Tone")
        self.setText(text)
        self.setAccessibleName(self.tr("Tone, changed") if any(bands.values()) else self.tr("Tone"))

    def show_fades(self, fade_in: float, fade_out: float) -> None:
        """Show fades in seconds."""
        for name, value in (("fade_in", fade_in), ("fade_out", fade_out)):
            with QSignalBlocker(self.fades[name]):
                self.fades[name].setValue(value)

    def _add_slider(self, name: str, title: str) -> None:
        slider, number = QSlider(Qt.Orientation.Horizontal), QLabel()
        slider.setRange(-TONE_DB * STEPS, TONE_DB * STEPS)
        slider.setPageStep(3 * STEPS)
        slider.setMinimumWidth(slider.fontMetrics().averageCharWidth() * 28)
        number.setMinimumWidth(number.fontMetrics().horizontalAdvance("+00.0 dB"))
        number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        slider.valueChanged.connect(lambda value: self.changed.emit(name, value / STEPS))
        self.sliders[name], self._numbers[name] = slider, number
        self._add_row(title, slider, number)

    def _add_fade(self, name: str, title: str) -> None:
        fade = QDoubleSpinBox()
        fade.setDecimals(2)
        fade.setMaximum(LONGEST_FADE)
        fade.setSingleStep(0.25)
        fade.setSuffix(self.tr(" s"))
        fade.setKeyboardTracking(False)
        fade.valueChanged.connect(partial(self.changed.emit, name))
        self.fades[name] = fade
        self._add_row(title, fade)

    def _add_row(self, title: str, widget: QWidget, number: QLabel | None = None) -> None:
        label, row = QLabel(title), self._grid.rowCount()
        label.setBuddy(widget)
        widget.setAccessibleName(title.replace("&", ""))
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(widget, row, 1, 1, 1 if number is not None else 2)
        if number is not None:
            self._grid.addWidget(number, row, 2)


def decibels(value: float) -> str:
    """Say a change of level."""
    return f"{value:+.1f} dB" if value else "0 dB"
