"""Finds texts of widgets that do not fit where they are shown."""

from __future__ import annotations

from collections.abc import Iterator

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QGroupBox,
    QHeaderView,
    QLabel,
    QMenuBar,
    QTabBar,
    QToolButton,
    QWidget,
)

from gui.messages import ElidedLabel


def cut_texts(window: QWidget) -> list[str]:
    """Give a line for each label, button, list, tab and head of a column whose text is cut."""
    found = []
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and not isinstance(widget, ElidedLabel):
            found += [f"{type(widget).__name__} {text!r}: {why}" for text, why in _cuts(widget)]
    return found


def _cuts(widget: QWidget) -> Iterator[tuple[str, str]]:
    if isinstance(widget, QLabel) and widget.text():
        yield from _label(widget)
    elif isinstance(widget, QAbstractButton) and widget.text():
        shows_text = not isinstance(widget, QToolButton) or (
            widget.toolButtonStyle() != Qt.ToolButtonStyle.ToolButtonIconOnly or widget.icon().isNull()
        )
        if shows_text:
            yield from _size(widget, widget.text())
    elif isinstance(widget, QComboBox) and widget.currentText() and not widget.isEditable():
        needed = widget.fontMetrics().horizontalAdvance(widget.currentText())
        if needed > widget.width() - widget.height() // 2:  # the arrow takes at least that
            yield widget.currentText(), f"{needed} px of text in {widget.width()}"
    elif isinstance(widget, QGroupBox):
        needed = widget.fontMetrics().horizontalAdvance(widget.title().replace("&", ""))
        if needed > widget.width():
            yield widget.title(), f"{needed} px of text in {widget.width()}"
    elif isinstance(widget, QTabBar):
        for index in range(widget.count()):
            text, room = widget.tabText(index), widget.tabRect(index)
            if widget.fontMetrics().horizontalAdvance(text.replace("&", "")) > room.width():
                yield text, f"a tab of {room.width()} px"
            if not widget.rect().contains(room):
                yield text, "the tab lies outside"
    elif isinstance(widget, QHeaderView) and widget.orientation() == Qt.Orientation.Horizontal:
        yield from _heads(widget)
    if isinstance(widget, QLabel | QAbstractButton | QComboBox) and not _is_inside(widget):
        yield getattr(widget, "text", widget.accessibleName)(), "lies outside what holds it"


def _label(label: QLabel) -> Iterator[tuple[str, str]]:
    room = label.contentsRect()
    if label.wordWrap():
        needed = label.heightForWidth(label.width())
        if needed > label.height():
            yield label.text(), f"needs a height of {needed} px and has {label.height()}"
    else:
        yield from _size(label, label.text())
    if label.pixmap().isNull() and room.isEmpty():
        yield label.text(), "has no room"


def _size(widget: QWidget, text: str) -> Iterator[tuple[str, str]]:
    needed = widget.sizeHint()
    if needed.width() > widget.width() or needed.height() > widget.height():
        yield text, f"needs {needed.width()} x {needed.height()} px and has {widget.width()} x {widget.height()}"


def _heads(header: QHeaderView) -> Iterator[tuple[str, str]]:
    model = header.model()
    for section in range(header.count()):
        text = str(model.headerData(section, header.orientation()) or "") if model else ""
        needed = header.fontMetrics().horizontalAdvance(text)
        if not header.isSectionHidden(section) and needed > header.sectionSize(section):
            yield text, f"{needed} px of text in {header.sectionSize(section)}"


def _is_inside(widget: QWidget) -> bool:
    """Tell whether a widget lies within the one that holds it; what scrolls may lie anywhere."""
    parent = widget.parentWidget()
    if parent is None or isinstance(parent.parentWidget(), QAbstractScrollArea) or isinstance(parent, QMenuBar):
        return True
    return parent.rect().contains(widget.geometry())
