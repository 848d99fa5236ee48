"""The page that finds music."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QDragEnterEvent, QDropEvent
from PyQt6.QtWidgets import QVBoxLayout, QWidget

from gui.find.answer_area import AnswerArea
from gui.find.asking import Asking
from gui.find.folder import FolderOpener
from gui.find.keeping import Change, Keeping
from gui.find.kept_searches import KeptSearches
from gui.find.query_bar import QueryBar
from gui.models.finding import Holdings, count_by_filter, read_holdings
from gui.models.query import QueryDraft
from gui.models.results import Marks
from gui.models.service import LibraryService
from gui.models.settings import Settings
from gui.tasks import Lane, Tasks
from plugin.cli.support.units import clock
from plugin.errors import CuefinderError
from plugin.suggest.suggestion import Suggestions


class FindPage(QWidget):
    """Asks the library, and shows what it answers.

    Parameters
    ----------
    service : LibraryService
    tasks : Tasks
    settings : Settings

    Signals
    -------
    news, problem : str
    play_requested
        Play the current track, or stop it.
    place_requested
        Place the current track in the editor.
    look_chosen : str
        The user wants the results as "table" or "cards".
    current_changed : Suggestion or None
    library_wanted
        The user wants to fill the library.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    play_requested = pyqtSignal()
    place_requested = pyqtSignal()
    look_chosen = pyqtSignal(str)
    current_changed = pyqtSignal(object)
    library_wanted = pyqtSignal()

    def __init__(
        self, service: LibraryService, tasks: Tasks, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._service, self._tasks, self._settings = service, tasks, settings
        self._holdings: Holdings | None = None
        self._asked: QueryDraft | None = None
        self._entered = False
        self.bar, self.area = QueryBar(), AnswerArea()
        self.results = self.area.results
        self.results.show_look(settings.results_look)
        self._asking, self._keeping = Asking(service, tasks, self), Keeping(tasks, self)
        self._folder = FolderOpener(tasks, self)
        self._searches = KeptSearches(service.path, self.bar, self._keeping)
        self.setAcceptDrops(True)
        self._lay_out()
        self._connect()
        self._hint()
        self.library_changed()
        self._searches.read()

    def set_audition(self, widget: QWidget) -> None:
        """Put the bar that plays below the results."""
        self._column.addWidget(widget)

    def set_clip(self, path: Path, start: float, end: float | None, name: str) -> None:
        """Ask for a part of a video file, in seconds."""
        self.bar.set_clip(path, start, end, name)

    def add_seed(self, path: Path, plus: bool) -> None:
        """Ask for music that takes after a track (plus), or keeps away from it."""
        self.bar.add_seed(path, plus)

    def step(self, by: int) -> None:
        """Make another row the current one, so many further down."""
        self.results.step(by)

    def apply(self, settings: Settings) -> None:
        """Use other settings: the look of the results at once, the rest from the next question on."""
        if settings.results_look != self._settings.results_look:
            self.results.show_look(settings.results_look)
        self._settings = settings

    def library_changed(self) -> None:
        """Look again at what can be asked."""
        self._tasks.run_task(partial(read_holdings, self._service), self._show_holdings, self._fail, lane=Lane.SHORT)

    def ask(self, draft: QueryDraft) -> None:
        """Ask for suggestions; a question that is still being answered gives way."""
        try:
            query = draft.query(self._settings.results)
        except CuefinderError as error:
            self._fail(error)
            return
        if self._holdings is not None and not self._holdings.tracks:
            self._hint()
            self.problem.emit(self.tr("the library is empty: add a folder of music first"))
            return
        self._asked = draft
        self.news.emit(self.tr("Looking for music…"))
        self._asking.ask(draft, query)

    def shut_down(self) -> None:
        """End what is going on; the window closes."""
        self.bar.shut_down()
        self._asking.stop()
        self._keeping.shut_down()

    def dragEnterEvent(self, event: QDragEnterEvent | None) -> None:  # noqa: D102 - Qt's own names
        self.bar.dragEnterEvent(event)

    def dropEvent(self, event: QDropEvent | None) -> None:  # noqa: D102
        self.bar.dropEvent(event)

    def _lay_out(self) -> None:
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self.bar)
        self._column.addWidget(self.area, 1)

    def _connect(self) -> None:
        self.bar.words.returnPressed.connect(self._enter)
        self.bar.asked.connect(self.ask)
        self.bar.stopped.connect(self._asking.stop)
        self._asking.busy_changed.connect(self.bar.set_busy)
        self._asking.answered.connect(self._show_answer)
        self._asking.failed.connect(self._show_error)
        self._asking.stopped.connect(lambda: self.news.emit(self.tr("Stopped")))
        for problem in (self.bar.problem, self._keeping.problem, self._searches.problem, self._folder.problem):
            problem.connect(self.problem)
        for news in (self.results.news, self._searches.news):
            news.connect(self.news)
        self.results.play_requested.connect(self.play_requested)
        self.results.place_requested.connect(self.place_requested)
        self.results.look_chosen.connect(self.look_chosen)
        self.results.current_changed.connect(self.current_changed)
        self.results.seed_wanted.connect(self.bar.add_seed)
        self.results.marked.connect(self._mark)
        self.results.folder_wanted.connect(self._folder.show_file)

    def _show_holdings(self, holdings: Holdings) -> None:
        self._holdings = holdings
        self.bar.set_vocabulary(holdings.tags, holdings.phrases)
        self._hint()

    def _hint(self) -> None:
        if self._holdings is not None and not self._holdings.tracks:
            text = self.tr("Your library is empty. Add a folder of music to begin: your files are only read.")
            self.area.show_notice(text, self.tr("Go to the &Library"), self.library_wanted.emit)
        elif self._asked is None:
            self.area.show_notice(
                self.tr("Describe the music, or drop the footage or a track that it shall take after.")
            )

    def _enter(self) -> None:
        self._entered = True

    def _lead_to_results(self, draft: QueryDraft) -> None:
        """After Enter in the words the keyboard goes on in the answer: Space plays, arrows and digits do theirs."""
        unchanged = self.bar.words.text().strip() == draft.text.strip()
        window = self.window()
        if self._entered and unchanged and window is not None and window.focusWidget() is self.bar.words:
            self.results.setFocus()
        self._entered = False

    def _show_answer(self, draft: QueryDraft, found: Suggestions) -> None:
        self._searches.remember(draft)
        self.results.show_suggestions(found.results, show_hidden=draft.filters.show_hidden)
        text = self.tr("{shown} of {total} tracks, parts of {length}").format(
            shown=len(found.results), total=found.total, length=clock(found.length)
        )
        if found.stale:
            text += self.tr(" ({count} more must be indexed again for this model pack)").format(count=found.stale)
        self.news.emit(text)
        if found.results:
            self.area.show_results()
            self._lead_to_results(draft)
        elif found.hidden and not found.considered:
            text = self.tr("All {count} tracks that fit are hidden: a filter shows hidden tracks.")
            self.area.show_notice(text.format(count=found.hidden))
        elif found.considered:
            self.area.show_notice(self.tr("There is no other track than those that you asked with."))
        else:
            self._say_strictest(draft, [])
            count = partial(count_by_filter, self._service, draft.filters)
            self._tasks.run_task(count, partial(self._say_strictest, draft), self._fail, lane=Lane.SHORT)

    def _say_strictest(self, draft: QueryDraft, counts: list[tuple[str, int]]) -> None:
        if draft is self._asked:
            line = self.tr("{filter}: {count} tracks pass it alone")
            lines = [line.format(filter=text, count=count) for text, count in counts]
            text = "\n".join([self.tr("No track passes all filters."), *lines])
            self.area.show_notice(text, self.tr("&Take All Filters Away"), self.bar.clear_filters)

    def _show_error(self, text: str) -> None:
        self.area.show_notice(text, self.tr("Try &Again"), self.bar.ask)
        self.problem.emit(text)

    def _mark(self, track_id: int, marks: Marks, before: Marks) -> None:
        make = partial(self._service.mark, track_id, marks)
        self._keeping.keep(Change(make, undo=partial(self.results.roll_back, track_id, before), key=track_id))

    def _fail(self, error: Exception) -> None:
        self.problem.emit(str(error))
