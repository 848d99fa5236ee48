"""The list of clips with what can be done with them."""

from __future__ import annotations

from collections.abc import Iterable

from PyQt6.QtCore import QItemSelection, QItemSelectionModel, QSize, Qt, QTimer, pyqtSignal
from PyQt6.QtGui import QAction, QKeySequence, QPainter, QPaintEvent, QPalette, QResizeEvent
from PyQt6.QtWidgets import QAbstractItemView, QListView, QWidget

from gui.models.clips import Clip
from gui.models.timeline import ClipList, ClipRow
from gui.tasks import Tasks
from gui.timeline.clip_delegate import ClipDelegate, preview_size
from gui.timeline.clip_model import ClipModel
from gui.timeline.previews import Previews

SCROLL_MS = 80
"""Pause after scrolling before what is seen now is looked at."""
SHARP = 2
"""Pictures are made this many times larger than they are shown at plain resolution."""
Flag = QItemSelectionModel.SelectionFlag


class ClipView(QListView):
    """A list of clips.

    Signals
    -------
    chosen : bool
        Another clip is the current one; whether the user did it.
    seen
        Other rows may be in sight now.
    again, gone_to, copied, shown
        The user wants the selected clips captioned anew, the editor's playhead at the current one, its path copied, its
        folder shown.
    """

    chosen = pyqtSignal(bool)
    seen = pyqtSignal()
    again = pyqtSignal()
    gone_to = pyqtSignal()
    copied = pyqtSignal()
    shown = pyqtSignal()

    def __init__(self, clips: ClipList, tasks: Tasks, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.hint = ""
        self._leading = False
        self._current: str | None = None
        self.clips = ClipModel(clips, self)
        size = preview_size(self.fontMetrics()) * SHARP
        self.previews = Previews(tasks, self.visible_rows, QSize(size.width(), size.height()), self)
        self.setModel(self.clips)
        self.setItemDelegate(ClipDelegate(self.previews, self))
        self.setAccessibleName(self.tr("Clips"))
        self.setUniformItemSizes(True)
        self.setAlternatingRowColors(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SCROLL_MS)
        self._timer.timeout.connect(self.seen)
        self._timer.timeout.connect(self.previews.look)
        bar = self.verticalScrollBar()
        assert bar is not None
        for signal in (bar.valueChanged, bar.rangeChanged, self.clips.rowsInserted, self.clips.rowsRemoved,
                       self.clips.dataChanged):  # fmt: skip
            signal.connect(self._look_soon)
        selection = self.selectionModel()
        assert selection is not None
        selection.currentChanged.connect(self._choose)
        selection.selectionChanged.connect(self._choose)
        self.previews.made.connect(self._repaint)
        self.doubleClicked.connect(self._go_to)
        self._add_actions()

    def _look_soon(self, *_: object) -> None:
        self._timer.start()

    def _go_to(self, *_: object) -> None:
        self.gone_to.emit()

    def visible_rows(self) -> list[ClipRow]:
        """The rows in sight, from the top."""
        view = self.viewport()
        assert view is not None
        if not self.isVisible() or not self.clips.clips.rows:
            return []
        first, last = self.indexAt(view.rect().topLeft()), self.indexAt(view.rect().bottomLeft())
        rows = self.clips.clips.rows
        return rows[max(0, first.row()) : last.row() + 1 if last.isValid() else len(rows)]

    def current(self) -> ClipRow | None:
        """The row of the keyboard's cursor, if it is selected: a list that gets the focus has a cursor by itself."""
        index, model = self.currentIndex(), self.selectionModel()
        return self.clips.row(index) if model is not None and model.isSelected(index) else None

    def selected(self) -> list[ClipRow]:
        """The selected rows, in the list's order."""
        rows = self.clips.clips.rows
        return [rows[place] for place in sorted(index.row() for index in self.selectedIndexes())]

    def lead(self, clips: Iterable[Clip]) -> None:
        """Select clips because the editor did; the first one becomes the current one."""
        places = [index for index in map(self.clips.place, clips) if index.isValid()]
        model = self.selectionModel()
        if not places or model is None:
            return
        chosen = QItemSelection()
        for index in places:
            chosen.select(index, index)
        self._leading = True
        try:
            model.setCurrentIndex(places[0], Flag.NoUpdate)
            model.select(chosen, Flag.ClearAndSelect)
        finally:
            self._leading = False
        self.scrollTo(places[0])

    def stop(self) -> None:
        """Make no more previews."""
        self._timer.stop()
        self.previews.stop()

    def resizeEvent(self, event: QResizeEvent | None) -> None:  # noqa: D102
        super().resizeEvent(event)
        self._timer.start()

    def paintEvent(self, event: QPaintEvent | None) -> None:  # noqa: D102
        super().paintEvent(event)
        if self.clips.rowCount() or not self.hint:
            return
        view = self.viewport()
        assert view is not None
        with QPainter(view) as painter:
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            line = self.fontMetrics().height()
            room = view.rect().adjusted(line, line, -line, -line)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.hint)

    def _choose(self, *_: object) -> None:
        row = self.current()
        old, self._current = self._current, row.clip.key if row is not None else None
        if self._current not in (None, old):
            self.chosen.emit(not self._leading)

    def _repaint(self) -> None:
        view = self.viewport()
        assert view is not None
        view.update()

    def _edit_current(self) -> None:
        if self.currentIndex().isValid():
            self.edit(self.currentIndex())

    def _add_actions(self) -> None:
        for title, key, slot, where in (
            (self.tr("&Go to Clip in Editor"), "Return", self.gone_to.emit, self.tr("Set the editor's playhead")),
            (self.tr("&Edit Caption"), "F2", self._edit_current, self.tr("Your words stay when it is listened to")),
            (
                self.tr("Caption &Anew"),
                "Ctrl+R",
                self.again.emit,
                self.tr("Listen again; an edited caption goes"),
            ),
            (self.tr("&Copy Path"), QKeySequence.StandardKey.Copy, self.copied.emit, self.tr("Of the clip's media")),
            (self.tr("Show in &Folder"), "Ctrl+Shift+F", self.shown.emit, self.tr("The folder of the clip's media")),
        ):
            action = QAction(title, self)
            action.setShortcut(QKeySequence(key))
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.setToolTip(where)
            action.triggered.connect(slot)
            self.addAction(action)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
