"""The selection of the editor and that of the list, each following the other: `Selection`."""

from __future__ import annotations

from PyQt6.QtCore import QObject, pyqtSignal

from gui.models.clips import ClipRef, TimelineView
from gui.timeline.clip_view import ClipView
from gui.timeline.host_line import HostLine
from gui.timeline.orders import Orders
from host_bridge.host import Capability


class Selection(QObject):
    """Selects in the list what is selected in the editor, and sets the editor's playhead to what the user chooses here.

    Attributes
    ----------
    follows : bool
        Whether the editor's selection counts here.

    Signals
    -------
    told : ClipRef
        The clip to ask music for: another one, or the same where it plays another part now.
    problem : str
    """

    told = pyqtSignal(object)
    problem = pyqtSignal(str)

    def __init__(self, view: ClipView, hosts: HostLine, orders: Orders, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view, self._hosts, self._orders = view, hosts, orders
        self.follows = True
        self._there: frozenset[str] = frozenset()
        self._last: ClipRef | None = None
        view.chosen.connect(self._choose)
        view.gone_to.connect(lambda: self._seek(asked=True))

    def reset(self) -> None:
        """Begin anew, with another host."""
        self._there, self._last = frozenset(), None

    def show(self, timeline: TimelineView) -> None:
        """Take what is selected in the editor, if that is another selection than before."""
        selected = [clip for clip in timeline.clips if clip.selected]
        there = frozenset(clip.key for clip in selected)
        # The old one does not count again: the user may have chosen another clip here since.
        if self.follows and there != self._there:
            self._view.lead(selected)
        self._there = there
        self._tell()

    def _choose(self, by_user: bool) -> None:
        self._tell()
        if by_user:
            self._seek()

    def _tell(self) -> None:
        row = self._view.current()
        ref = row.clip.ref if row is not None else None
        if ref is not None and ref != self._last:
            self._last = ref
            self.told.emit(ref)

    def _seek(self, *, asked: bool = False) -> None:
        host, row = self._hosts.row(), self._view.current()
        if host is None or row is None:
            return
        if host.can(Capability.SEEK):
            if asked or not host.costs:
                self._orders.seek(host.id, row.clip)
        elif asked:
            self.problem.emit(self.tr("{title} cannot set its playhead").format(title=host.title))
