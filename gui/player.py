"""Listening to a suggestion, where Qt Multimedia can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PyQt6.QtCore import QLoggingCategory, QObject, QUrl, pyqtSignal

from plugin.errors import printable


class Player(QObject):
    """Plays one file at a time; Qt Multimedia is loaded at the first one.

    Signals
    -------
    problem : str
        Why nothing is heard, in one line.
    """

    problem = pyqtSignal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._media: Any = None
        self._start = 0.0
        self.playing: tuple[Path, float] | None = None

    def toggle(self, path: Path, start: float) -> bool:
        """Play a file from a time in seconds, or stop it if it is playing from there; says whether it plays."""
        again = (path, start) == self.playing
        self.stop()
        if again or (self._media is None and not self._open()):
            return False
        self.playing, self._start = (path, start), start
        # A name that is not UTF-8 has no other form that Qt takes.
        self._media.setSource(QUrl(path.as_uri()))
        self._media.play()
        return True

    def stop(self) -> None:
        """Play nothing."""
        self.playing = None
        if self._media is not None:
            self._media.stop()
            self._media.setSource(QUrl())

    def _open(self) -> bool:
        # It tells the terminal about every library it tries; what matters comes through errorOccurred.
        QLoggingCategory.setFilterRules("qt.multimedia.*=false")
        try:
            from PyQt6.QtMultimedia import QAudioOutput, QMediaDevices, QMediaPlayer
        except ImportError as error:
            self.problem.emit(self.tr("cannot play: Qt Multimedia is not to be loaded ({why})").format(why=error))
            return False
        if not QMediaDevices.audioOutputs():
            self.problem.emit(self.tr("cannot play: this computer has no sound output"))
            return False
        media = QMediaPlayer(self)
        media.setAudioOutput(QAudioOutput(media))
        media.mediaStatusChanged.connect(self._seek)
        media.errorOccurred.connect(self._fail)
        self._media = media
        return True

    def _seek(self, status: Any) -> None:
        # Before the file is loaded, a position would be forgotten.
        if status in (type(status).LoadedMedia, type(status).BufferedMedia) and self._start:
            self._media.setPosition(round(self._start * 1000))
            self._start = 0.0
        if status == type(status).EndOfMedia:
            self.playing = None

    def _fail(self, error: Any, text: str) -> None:
        path = printable(self.playing[0]) if self.playing else ""
        self.playing = None
        self.problem.emit(self.tr("cannot play {path}: {why}").format(path=path, why=text))
