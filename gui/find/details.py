"""What is known of the current track, in three lines below the results."""

from __future__ import annotations

from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from gui.messages import ElidedLabel
from gui.models.columns import aspects_text
from plugin.errors import printable
from plugin.library.records import Track
from plugin.suggest.suggestion import Suggestion
from plugin.suggest.versions import parse


class Details(QWidget):
    """Shows one suggestion; the height stays, so that nothing jumps while the user goes through the results."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("About the current track"))
        self.lines = [ElidedLabel() for _ in range(3)]
        font = self.font()
        font.setBold(True)
        self.lines[0].setFont(font)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        for line in self.lines:
            line.setTextFormat(Qt.TextFormat.PlainText)
            line.setMinimumHeight(line.fontMetrics().height())
            column.addWidget(line)

    def show_suggestion(self, found: Suggestion | None) -> None:
        """Show a suggestion, or nothing."""
        texts = ["", "", ""] if found is None else self._texts(found)
        for line, text in zip(self.lines, texts, strict=True):
            line.setText(text)
            line.setToolTip(text)

    def _version(self, track: Track) -> str:
        kinds = ", ".join(parse(track.title, track.artist).kinds)
        if kinds:
            return self.tr("{kind} version: {name}").format(kind=kinds, name=track.name)
        return self.tr("version: {name}").format(name=track.name)

    def _texts(self, found: Suggestion) -> list[str]:
        track = found.track
        folded = [
            *(self._version(version) for version in found.versions),
            *(self.tr("copy: {name}").format(name=path.name) for path in found.duplicates),
        ]
        heads = [track.name, track.artist, track.album]
        tags = ", ".join(tag.name for tag in track.tags)
        return [
            printable(" · ".join(text for text in heads if text)),
            printable(" · ".join(text for text in (track.caption, tags) if text)),
            printable(" · ".join([aspects_text(found), str(track.path), *folded])),
        ]
