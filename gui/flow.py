"""A layout that sets widgets side by side and begins a new line where there is no room."""

from __future__ import annotations

from PyQt6.QtCore import QMargins, QRect, QSize, Qt
from PyQt6.QtWidgets import QLayout, QLayoutItem, QWidget

LINE_GAP = 4
"""How much closer lines are to each other than widgets on a line."""


class FlowLayout(QLayout):
    """Lays its widgets out as words of a text; the height follows the width."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self.setContentsMargins(QMargins(0, 0, 0, 0))

    def addItem(self, item: QLayoutItem | None) -> None:  # noqa: D102 - Qt's own names
        if item is not None:
            self._items.append(item)
            self.invalidate()

    def insert_widget(self, place: int, widget: QWidget) -> None:
        """Put a widget before another one."""
        self.addWidget(widget)
        self._items.insert(place, self._items.pop())

    def count(self) -> int:  # noqa: D102
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # noqa: D102
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # noqa: D102
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:  # noqa: D102
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:  # noqa: D102
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: D102
        return self._arrange(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:  # noqa: D102
        super().setGeometry(rect)
        self._arrange(rect, move=True)

    def sizeHint(self) -> QSize:  # noqa: D102
        return self.minimumSize()

    def minimumSize(self) -> QSize:  # noqa: D102
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size

    def _arrange(self, rect: QRect, *, move: bool) -> int:
        items = [item for item in self._items if not item.isEmpty()]
        line = max((item.sizeHint().height() for item in items), default=0)
        left, top, gap = rect.left(), rect.top(), max(self.spacing(), 0)
        for item in items:
            width = min(item.sizeHint().width(), max(rect.width(), item.minimumSize().width()))
            if left > rect.left() and left + width > rect.right() + 1:
                left, top = rect.left(), top + line + gap // LINE_GAP
            if move:
                item.setGeometry(QRect(left, top, width, line))
            left += width + gap
        return top + line - rect.top()
