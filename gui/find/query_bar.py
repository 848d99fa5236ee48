"""The question: a line of words, and chips for the clip, the seeds and the filters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from PyQt6.QtCore import Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from gui.drops import dropped_files
from gui.find.chip import WeightSlider
from gui.find.chip_row import ChipRow
from gui.find.history_buttons import HistoryButtons
from gui.find.menus import SavedMenu
from gui.find.words import SuggestingLine
from gui.models.query import ClipRange, QueryDraft
from gui.models.searches import SavedSearch
from plugin.decode import AUDIO_SUFFIXES, VIDEO_SUFFIXES
from plugin.errors import printable
from plugin.suggest.completion import complete
from plugin.suggest.query import Filters

DEBOUNCE_MS = 300
"""After the last change of a chip, before it is asked."""


class QueryBar(QWidget):
    """Where the user says what the music shall be like.

    Words are asked with Enter; chips, weights and filters by themselves, once the user pauses.

    Signals
    -------
    asked : QueryDraft
    stopped
        The user does not want to wait for the answer any more.
    problem : str
    save_wanted : str, QueryDraft
    remove_wanted : int
    """

    asked = pyqtSignal(object)
    stopped = pyqtSignal()
    problem = pyqtSignal(str)
    save_wanted = pyqtSignal(str, object)
    remove_wanted = pyqtSignal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = QueryDraft()
        self._vocabulary: Sequence[str] = ()
        self._past: list[str] = []
        self._busy = False
        self.setAcceptDrops(True)
        self.timer = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self.timer.timeout.connect(self._ask_if_any)
        self.words = SuggestingLine(lambda text: complete(text, self._vocabulary, self._past))
        self.words.setPlaceholderText(self.tr("What the music shall sound like: slow piano, hopeful, strings"))
        self.words.setAccessibleName(self.tr("Words"))
        self.words.setClearButtonEnabled(True)
        self.word_weight = WeightSlider(self.tr("the words"))
        self.button = QPushButton(self.tr("&Suggest"))
        self.saved_menu = SavedMenu(lambda: self.draft, self)
        self.history, self.row = HistoryButtons(), ChipRow()
        self._lay_out()
        self._connect()
        self._show(self._draft)

    @property
    def draft(self) -> QueryDraft:
        """The question as it stands."""
        return replace(self._draft, text=self.words.text())

    def ask(self) -> None:
        """Ask the question as it stands."""
        self.timer.stop()
        draft = self.draft
        if draft.is_question:
            self.history.visit(draft)
            self._past.append(draft.text.strip())
        self.asked.emit(draft)

    def set_clip(self, path: Path, start: float, end: float | None, name: str) -> None:
        """Ask for a part of a video file, in seconds."""
        self._change(replace(self.draft, clip=ClipRange(path, start, end, name)))

    def add_seed(self, path: Path, plus: bool) -> None:
        """Ask for music that takes after a track (plus), or keeps away from it."""
        self._change(self.draft.seeded(path, plus=plus))

    def clear_filters(self) -> None:
        """Take all filters away."""
        self._change(replace(self.draft, filters=Filters()))

    def take_files(self, paths: Iterable[Path], *, plus: bool) -> None:
        """Take footage as the clip and music as seeds; other files are named and left."""
        for path in paths:
            suffix = path.suffix.lower()
            if suffix in VIDEO_SUFFIXES:
                self.set_clip(path, 0.0, None, "")
            elif suffix in AUDIO_SUFFIXES:
                self.add_seed(path, plus)
            else:
                text = self.tr("{path} is neither music nor footage by its name: drop another file")
                self.problem.emit(text.format(path=printable(path)))

    def set_busy(self, busy: bool) -> None:
        """Let the button stop the question that is being answered, or ask the next one."""
        self._busy = busy
        self.button.setText(self.tr("&Stop") if busy else self.tr("&Suggest"))

    def set_vocabulary(self, tags: Sequence[str], phrases: Sequence[str]) -> None:
        """Take the tags that filters know, and all that words are completed to."""
        self._vocabulary = phrases
        self.row.filter_panel.set_vocabulary(tags)

    def set_history(self, past: Sequence[QueryDraft]) -> None:
        """Take the questions of earlier days, the oldest first; once."""
        self.history.recall(past)
        self._past[:0] = [draft.text for draft in past]

    def set_saved(self, searches: Sequence[SavedSearch]) -> None:
        """Show the saved searches."""
        self.saved_menu.set_searches(searches)

    def shut_down(self) -> None:
        """Ask nothing more."""
        self.timer.stop()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # noqa: D102
        if event is not None and dropped_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent | None) -> None:  # noqa: D102
        if event is not None and dropped_files(event.mimeData()):
            event.acceptProposedAction()
            self.take_files(
                dropped_files(event.mimeData()), plus=not event.modifiers() & Qt.KeyboardModifier.AltModifier
            )

    def _lay_out(self) -> None:
        self.saved = QPushButton(self.tr("Sa&ved"))
        self.saved.setToolTip(self.tr("Searches that you saved"))
        self.saved.setMenu(self.saved_menu)
        self.button.setToolTip(self.tr("Suggest music for all that is asked here (Enter)"))
        line = QHBoxLayout()
        for widget in (self.history, self.words, self.word_weight, self.saved, self.button):
            line.addWidget(widget, int(widget is self.words))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addWidget(self.row)

    def _connect(self) -> None:
        self.words.returnPressed.connect(self.ask)
        self.words.textChanged.connect(self._show_chips)
        self.word_weight.weighed.connect(lambda weight: self._change(self.draft.weighing("text", weight)))
        self.row.changed.connect(self._change)
        self.row.clip_chosen.connect(lambda path: self.set_clip(path, 0.0, None, ""))
        self.row.seed_chosen.connect(self.add_seed)
        self.button.clicked.connect(lambda: self.stopped.emit() if self._busy else self.ask())
        self.history.went.connect(self._go)
        self.saved_menu.chosen.connect(self._go)
        self.saved_menu.save_wanted.connect(self.save_wanted)
        self.saved_menu.remove_wanted.connect(self.remove_wanted)

    def _go(self, draft: QueryDraft) -> None:
        self._show(draft)
        self._ask_if_any()

    def _change(self, draft: QueryDraft) -> None:
        self._show(draft)
        self.timer.start()

    def _ask_if_any(self) -> None:
        if self.draft.is_question:
            self.ask()

    def _show(self, draft: QueryDraft) -> None:
        self._draft = draft
        if self.words.text() != draft.text:
            self.words.setText(draft.text)
        self._show_chips()

    def _show_chips(self) -> None:
        draft = self.draft
        self.row.show_draft(draft)
        self.word_weight.setVisible("text" in draft.aspects and len(draft.aspects) > 1)
        self.word_weight.show_weight(draft.weight("text"))
