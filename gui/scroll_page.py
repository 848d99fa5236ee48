"""A page that scrolls where the window is too small for it, and never cuts texts that wrap."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QObject
from PyQt6.QtGui import QResizeEvent
from PyQt6.QtWidgets import QScrollArea, QWidget


class ScrollPage(QScrollArea):
    """A scrolling page; give it its content by `set_content`."""

    def set_content(self, content: QWidget) -> None:
        """Show a widget that has a layout."""
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        content.installEventFilter(self)

    def eventFilter(self, watched: QObject | None, event: QEvent | None) -> bool:  # noqa: D102
        if event is not None and event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: D102
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Ask for the height that wrapped lines need at this width; a scroll area by itself does not."""
        content, port = self.widget(), self.viewport()
        layout = content.layout() if content else None
        if content is not None and layout is not None and port is not None and layout.hasHeightForWidth():
            width = min(port.width(), content.maximumWidth())
            content.setMinimumHeight(layout.minimumHeightForWidth(width))
