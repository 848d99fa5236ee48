"""Past and saved searches between the query bar and the library."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PyQt6.QtCore import QObject, pyqtSignal

from gui.find.keeping import Change, Keeping
from gui.find.query_bar import QueryBar
from gui.models import searches
from gui.models.query import QueryDraft
from gui.models.searches import Kept, changed_searches, read_kept
from plugin.errors import printable


class KeptSearches(QObject):
    """Keeps the questions of a query bar, and shows it those that are kept.

    Signals
    -------
    news, problem : str
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)

    def __init__(self, library: Path, bar: QueryBar, keeping: Keeping) -> None:
        super().__init__(keeping)
        self._library, self._bar, self._keeping = library, bar, keeping
        bar.save_wanted.connect(self._save)
        bar.remove_wanted.connect(self._remove)

    def read(self) -> None:
        """Show what was kept on earlier days; once."""
        self._keeping.keep(Change(partial(read_kept, self._library), self._show_all))

    def remember(self, draft: QueryDraft) -> None:
        """Add a question to the history."""
        self._keeping.keep(Change(partial(searches.remember, self._library, draft=draft)))

    def _save(self, name: str, draft: QueryDraft) -> None:
        news = self.tr("Saved as {name}").format(name=printable(name))
        self._change(partial(searches.save, name=name, draft=draft), news)

    def _remove(self, search_id: int) -> None:
        self._change(partial(searches.remove, search_id=search_id), self.tr("Search removed"))

    def _change(self, change: Callable[[Path], None], news: str) -> None:
        def done(kept: Kept) -> None:
            self._bar.set_saved(kept.saved)
            self.news.emit(news)

        self._keeping.keep(Change(partial(changed_searches, self._library, change), done))

    def _show_all(self, kept: Kept) -> None:
        self._bar.set_history(kept.past)
        self._bar.set_saved(kept.saved)
        if kept.unreadable:
            text = self.tr("{count} searches of another version could not be read and are left out")
            self.problem.emit(text.format(count=kept.unreadable))
