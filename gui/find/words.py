"""The line of words, and lines of tags, each with suggestions while the user types."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PyQt6.QtCore import QModelIndex, QStringListModel, Qt, QTimer
from PyQt6.QtWidgets import QCompleter, QLineEdit, QWidget

SHOWN = 10


class SuggestingLine(QLineEdit):
    """A line of text with a list of whole texts that it may become.

    Parameters
    ----------
    complete : callable
        Gives those texts, best first; called at every key, so it must be quick.
    """

    def __init__(self, complete: Callable[[str], Sequence[str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._complete = complete
        self._texts = QStringListModel(self)
        completer = QCompleter(self._texts, self)
        completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setMaxVisibleItems(SHOWN)
        self.setCompleter(completer)
        self.setAcceptDrops(False)  # files go to the query bar
        self.textEdited.connect(self._offer)

    def offered(self) -> list[str]:
        """Give the texts that are offered at the moment."""
        return self._texts.stringList()

    def _offer(self, text: str) -> None:
        self._texts.setStringList(list(self._complete(text))[:SHOWN] if text.strip() else [])
        QTimer.singleShot(0, self._choose_none)

    def _choose_none(self) -> None:
        """Take back that Qt chooses the first offer by itself: Enter means what is written."""
        completer = self.completer()
        popup = None if completer is None else completer.popup()
        if popup is not None:
            popup.setCurrentIndex(QModelIndex())


def tags_starting(text: str, vocabulary: Sequence[str]) -> list[str]:
    """Complete the last of some tags with commas between them."""
    before, comma, last = text.rpartition(",")
    start = last.strip().casefold()
    chosen = {tag.strip().casefold() for tag in before.split(",")}
    lead = f"{before}, " if comma else ""
    fitting = [tag for tag in vocabulary if start and start in tag.casefold() and tag.casefold() not in chosen]
    return [lead + tag for tag in sorted(fitting, key=lambda tag: (not tag.casefold().startswith(start), tag))]


class TagsLine(SuggestingLine):
    """A line of tags with commas between them, completed from a vocabulary."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(lambda text: tags_starting(text, self.vocabulary), parent)
        self.vocabulary: Sequence[str] = ()

    def tags(self) -> tuple[str, ...]:
        """Give the tags, each once."""
        words = (word.strip().casefold() for word in self.text().split(","))
        return tuple(dict.fromkeys(word for word in words if word))
