"""How the timeline side is laid out: editor, clips, captions, placing."""

from __future__ import annotations

from PyQt6.QtCore import QObject
from PyQt6.QtGui import QAction
from PyQt6.QtWidgets import QComboBox, QHBoxLayout, QMenu, QProgressBar, QPushButton, QVBoxLayout, QWidget

from gui.messages import ElidedLabel
from gui.models.clips import TimelineView
from gui.models.host_link import HostRow
from gui.models.timeline import ClipList
from gui.tasks import Tasks
from gui.timeline.clip_view import ClipView
from gui.timeline.host_line import HostLine
from host_bridge.host import Capability


class Controls(QObject):
    """The widgets of a `TimelinePanel`, and which of them can be used.

    Parameters
    ----------
    clips : ClipList
    tasks : Tasks
    panel : QWidget
        Gets the layout.
    """

    def __init__(self, clips: ClipList, tasks: Tasks, panel: QWidget) -> None:
        super().__init__(panel)
        self._row: HostRow | None = None
        self._busy = False
        self.hosts = HostLine()
        self.title = ElidedLabel()
        self.title.setAccessibleName(self.tr("Timeline"))
        self.clips = ClipView(clips, tasks)
        self.caption_all = QPushButton(self.tr("Caption A&ll"))
        self.caption_all.setToolTip(self.tr("Say how each clip sounds and looks; clips in sight come first"))
        self.write = self._menu_button(self.tr("Cap&tions to"), self.tr("Write the captions into the editor"))
        self.mark = self._choice(self.write, self.tr("&Markers"), self.tr("A marker over each captioned clip"))
        self.keep = self._choice(self.write, self.tr("&Clips"), self.tr("With the clips themselves"))
        self.sheet = self._menu_button(self.tr("Cue S&heet"), self.tr("List the music on the timeline, as CSV or HTML"))
        self.own_cues = self._choice(self.sheet, self.tr("&Cues Placed by Cuefinder…"), "")
        self.all_music = self._choice(self.sheet, self.tr("&All Clips on Audio Tracks…"), "")
        self.progress = QProgressBar(accessibleName=self.tr("Captioning"), visible=False)
        self.progress.setFormat(self.tr("Captioning %v of %m"))
        self.stop = QPushButton(self.tr("Sto&p"), visible=False)
        self.stop.setToolTip(self.tr("Caption no more clips; those that are captioned stay so"))
        self.where = QComboBox(accessibleName=self.tr("Where to place"))
        self.where.addItems([self.tr("under the clip"), self.tr("at the playhead")])
        self.where.setToolTip(self.tr("Under the selected clips the music is trimmed to them, with fades"))
        self.place = QPushButton(self.tr("Place"))
        self.place.setShortcut("Ctrl+Return")
        self.place.setToolTip(self.tr("Place the current suggestion in the editor (Ctrl+Return)"))
        self.undo = QPushButton(self.tr("Undo"))
        self.undo.setToolTip(self.tr("Take Cuefinder's last change in the editor back (Ctrl+Shift+Z)"))
        self.undo.setShortcut("Ctrl+Shift+Z")
        self._lay_out(panel)
        self.show_host(None)
        self.show_timeline(None)

    def at_playhead(self) -> bool:
        """Whether cues go to the playhead rather than under the selected clips."""
        return self.where.currentIndex() == 1

    def show_host(self, row: HostRow | None) -> None:
        """Offer what a host can do."""
        self._row = row
        self._enable()
        self._hint()

    def show_timeline(self, view: TimelineView | None) -> None:
        """Say what timeline is shown; None while it is not read yet."""
        count = 0 if view is None else len(view.clips)
        text = "" if view is None else self.tr("{name} (clips: {count})").format(name=view.name or "–", count=count)
        self.title.setText(text)
        self.title.setToolTip(text)
        self._hint(read=view is not None)
        self._enable()

    def show_progress(self, done: int, total: int) -> None:
        """Show how far captioning is; 0 of 0 where it has ended."""
        self.progress.setRange(0, total)
        self.progress.setValue(done)
        for widget in (self.progress, self.stop):
            widget.setVisible(total > 0)
        self._enable()

    def set_busy(self, busy: bool) -> None:
        """Take no further order while one is carried out."""
        self._busy = busy
        self._enable()

    def _enable(self) -> None:
        row, free = self._row, not self._busy
        clips = bool(self.clips.clips.rowCount())

        def can(capability: Capability) -> bool:
            return row is not None and free and row.can(capability)

        self.place.setEnabled(can(Capability.INSERT_CUE))
        self.where.setEnabled(row is not None and row.can(Capability.PLAYHEAD))
        if row is not None and not row.can(Capability.PLAYHEAD):
            self.where.setCurrentIndex(0)
        self.undo.setEnabled(can(Capability.UNDO))
        self.mark.setEnabled(can(Capability.MARKERS))
        self.keep.setEnabled(can(Capability.ANNOTATE))
        self.write.setEnabled(clips and (self.mark.isEnabled() or self.keep.isEnabled()))
        self.sheet.setEnabled(row is not None and free)
        self.caption_all.setEnabled(clips and self.stop.isHidden())

    def _hint(self, *, read: bool = False) -> None:
        if self._row is None:
            self.clips.hint = self.tr(
                "No editor is connected.\n\nBlender, REAPER and Resolve connect by themselves: start Cuefinder from "
                "their menus. Audacity and Ardour are in the menu ☰ above.\n\nOr open a timeline file: Ctrl+O."
            )
        else:
            self.clips.hint = (
                self.tr("There is no clip on this timeline.") if read else self.tr("Reading the timeline…")
            )
        view = self.clips.viewport()
        assert view is not None
        view.update()

    def _lay_out(self, panel: QWidget) -> None:
        column = QVBoxLayout(panel)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.hosts)
        column.addWidget(self.title)
        column.addWidget(self.clips, 1)
        for widgets in ((self.progress, self.stop), (self.caption_all, self.write, self.sheet),
                        (self.where, self.place, self.undo)):  # fmt: skip
            line = QHBoxLayout()
            for widget in widgets:
                line.addWidget(widget, 1 if widget in (self.where, self.progress) else 0)
            column.addLayout(line)

    def _menu_button(self, title: str, tip: str) -> QPushButton:
        button = QPushButton(title)
        button.setToolTip(tip)
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        button.setMenu(menu)
        return button

    def _choice(self, button: QPushButton, title: str, tip: str) -> QAction:
        menu = button.menu()
        assert menu is not None
        action = menu.addAction(title)
        assert action is not None
        action.setToolTip(tip)
        return action
