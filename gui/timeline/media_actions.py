"""What can be done with the media of a clip outside of the panel."""

from __future__ import annotations

from PyQt6.QtCore import QObject, QUrl, pyqtSignal
from PyQt6.QtGui import QDesktopServices, QGuiApplication

from gui.timeline.clip_view import ClipView
from plugin.errors import printable


class MediaActions(QObject):
    """Copies the path of the current clip's media, and shows its folder.

    Signals
    -------
    news, problem : str
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)

    def __init__(self, view: ClipView, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view = view
        view.copied.connect(self.copy_path)
        view.shown.connect(self.show_folder)

    def copy_path(self) -> None:
        """Put the path on the clipboard."""
        row = self._view.current()
        if row is None:
            return
        clipboard = QGuiApplication.clipboard()
        if row.clip.path is None or clipboard is None:
            self.problem.emit(row.clip.missing)
            return
        path = printable(row.clip.path)
        clipboard.setText(path)
        self.news.emit(self.tr("Copied {path}").format(path=path))

    def show_folder(self) -> None:
        """Open the folder in the system's file manager."""
        row = self._view.current()
        if row is None:
            return
        if row.clip.path is None:
            self.problem.emit(row.clip.missing)
            return
        folder = row.clip.path.parent
        if row.clip.missing or not QDesktopServices.openUrl(QUrl(folder.as_uri())):
            self.problem.emit(self.tr("cannot show the folder {folder}").format(folder=printable(folder)))
