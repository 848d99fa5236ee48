"""Controls for one setting each: a check box, a list, a number, some words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PyQt6.QtCore import QEvent, QObject, QSignalBlocker, Qt, pyqtSignal
from PyQt6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QWidget,
)


class Control(QObject):
    """A labelled widget for one setting.

    Signals
    -------
    edited : object
        The value that the user gave.
    """

    edited = pyqtSignal(object)

    def __init__(self, label: str, tip: str, widget: QWidget) -> None:
        super().__init__(widget)
        self._label, self.widget = label, widget
        widget.setToolTip(tip)
        widget.setAccessibleName(label.replace("&", ""))
        widget.setAccessibleDescription(tip)
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        widget.installEventFilter(self)

    def show_value(self, value: Any) -> None:
        """Show the value in use."""
        raise NotImplementedError

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: D102
        # The wheel scrolls the page; over a control that is not in use it must not change a setting.
        if event is not None and event.type() == QEvent.Type.Wheel and not self.widget.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def add_to(self, form: QFormLayout, beside: QWidget | None = None) -> None:
        """Put label and widget, and something beside it, into a form."""
        label = QLabel(self._label)
        label.setBuddy(self.widget)
        label.setToolTip(self.widget.toolTip())
        row = QHBoxLayout()
        row.addWidget(self.widget)
        if beside is None:
            row.addStretch()
        else:
            row.addWidget(beside)
        form.addRow(label, row)


class Check(Control):
    """Yes or no."""

    def __init__(self, label: str, tip: str) -> None:
        self._box = QCheckBox(label)
        super().__init__(label, tip, self._box)
        self._box.clicked.connect(self.edited.emit)

    def show_value(self, value: Any) -> None:  # noqa: D102
        self._box.setChecked(value)

    def add_to(self, form: QFormLayout, beside: QWidget | None = None) -> None:  # noqa: D102
        form.addRow(self._box)


class Choice(Control):
    """One of several values, each with its text."""

    def __init__(self, label: str, tip: str, texts: Mapping[str, str]) -> None:
        self._box = QComboBox()
        super().__init__(label, tip, self._box)
        for value, text in texts.items():
            self._box.addItem(text, value)
        self._box.activated.connect(lambda index: self.edited.emit(self._box.itemData(index)))

    def show_value(self, value: Any) -> None:  # noqa: D102
        self._box.setCurrentIndex(self._box.findData(value))


class Number(Control):
    """A number within the limits of its setting."""

    def __init__(
        self, label: str, tip: str, limits: tuple[float, float], decimals: int, unit: str = "", step: float = 1
    ) -> None:
        self._box: QSpinBox | QDoubleSpinBox = QDoubleSpinBox() if decimals else QSpinBox()
        super().__init__(label, tip, self._box)
        if isinstance(self._box, QDoubleSpinBox):
            self._box.setDecimals(decimals)
            self._box.setRange(*limits)
            self._box.setSingleStep(step)
        else:
            self._box.setRange(*map(round, limits))
        self._box.setSuffix(unit)
        self._box.setKeyboardTracking(False)  # a number that is being typed is none yet
        self._box.valueChanged.connect(self.edited.emit)

    def show_value(self, value: Any) -> None:  # noqa: D102
        with QSignalBlocker(self._box):
            self._box.setValue(value)


class Words(Control):
    """A line of text, taken when it is finished."""

    def __init__(self, label: str, tip: str) -> None:
        self._line, self._shown = QLineEdit(clearButtonEnabled=True), ""
        super().__init__(label, tip, self._line)
        self._line.editingFinished.connect(self._finish)

    def show_default(self, text: str) -> None:
        """Show what is used where nothing is written."""
        self._line.setPlaceholderText(text)

    def show_value(self, value: Any) -> None:  # noqa: D102
        self._shown = value
        self._line.setText(value)

    def _finish(self) -> None:
        text = self._line.text().strip()
        if text != self._shown:
            self.edited.emit(text)
