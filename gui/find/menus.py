"""The menus of the query bar: what can be added, and the searches that were saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import QFileDialog, QInputDialog, QMenu, QWidget

from gui.models.chips import shortened, title
from gui.models.query import QueryDraft
from gui.models.searches import SavedSearch
from plugin.decode import AUDIO_SUFFIXES, VIDEO_SUFFIXES


class AddMenu(QMenu):
    """Chooses files for the question.

    Signals
    -------
    clip_chosen : pathlib.Path
    seed_chosen : pathlib.Path, bool
        A track to take after (True) or to keep away from.
    """

    clip_chosen = pyqtSignal(object)
    seed_chosen = pyqtSignal(object, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setToolTipsVisible(True)
        self._add(self.tr("&Video Clip…"), self.tr("The footage that the music is for"), VIDEO_SUFFIXES,
                  self.clip_chosen.emit)  # fmt: skip
        self._add(self.tr("&Track to Take After…"), self.tr("Music that sounds like what you look for"),
                  AUDIO_SUFFIXES | VIDEO_SUFFIXES, lambda path: self.seed_chosen.emit(path, True))  # fmt: skip
        self._add(self.tr("Track to &Keep Away From…"), self.tr("Music that sounds like what you do not want"),
                  AUDIO_SUFFIXES | VIDEO_SUFFIXES, lambda path: self.seed_chosen.emit(path, False))  # fmt: skip

    def _add(self, text: str, tip: str, suffixes: Iterable[str], chosen: Callable[[Path], None]) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in sorted(suffixes))
        kinds = self.tr("Media files ({patterns});;All files (*)").format(patterns=patterns)

        def choose() -> None:
            path, _ = QFileDialog.getOpenFileName(self.parentWidget(), text.replace("&", ""), "", kinds)
            if path:
                chosen(Path(path))

        action = self.addAction(text, choose)
        assert action is not None
        action.setToolTip(tip)


class SavedMenu(QMenu):
    """Lists the saved searches.

    Parameters
    ----------
    current : callable
        Gives the question that may be saved.

    Signals
    -------
    chosen : QueryDraft
    save_wanted : str, QueryDraft
        A name and what to keep under it.
    remove_wanted : int
        Id of a search.
    """

    chosen = pyqtSignal(object)
    save_wanted = pyqtSignal(str, object)
    remove_wanted = pyqtSignal(int)

    def __init__(self, current: Callable[[], QueryDraft], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._current = current
        self._names: set[str] = set()
        self.setToolTipsVisible(True)
        self.aboutToShow.connect(self._allow_saving)
        self.set_searches([])

    def set_searches(self, searches: Iterable[SavedSearch]) -> None:
        """Show other searches."""
        self.clear()
        self.save_action = self.addAction(self.tr("&Save This Search…"), self._save)
        self.removal = QMenu(self.tr("&Remove"), self)
        self.addSeparator()
        self._names = set()
        for search in searches:
            self._names.add(search.name)
            name = shortened(search.name).replace("&", "&&")
            action = self.addAction(name, partial(self.chosen.emit, search.draft))
            assert action is not None
            action.setToolTip(title(search.draft))
            self.removal.addAction(name, partial(self.remove_wanted.emit, search.id))
        if self._names:
            self.addSeparator()
            self.addMenu(self.removal)

    def _allow_saving(self) -> None:
        assert self.save_action is not None
        self.save_action.setEnabled(self._current().is_question)

    def _save(self) -> None:
        draft = self._current()
        label = self.tr("Name of the search (one of the same name is replaced):")
        name, given = QInputDialog.getText(self.parentWidget(), self.tr("Save Search"), label, text=title(draft))
        if given and name.strip():
            self.save_wanted.emit(name.strip(), draft)
