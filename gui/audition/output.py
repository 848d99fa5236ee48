"""Where sound goes: `Output` is what the player needs, `QtOutput` the computer's own through Qt Multimedia."""

from __future__ import annotations

import time
from typing import Any, Protocol

import numpy as np
from PyQt6.QtCore import QLoggingCategory

from gui.audition.sound_server import sound_server
from gui.models.soundpass import Frames
from plugin.errors import CuefinderError

BUFFER_SECONDS = 0.25
STUCK_SECONDS = 2.0


class OutputError(CuefinderError):
    """Nothing can be heard."""


class Output(Protocol):
    """A device that plays float32 [N, 2] at a rate."""

    rate: int

    def free(self) -> int:
        """Give how many frames can be written now."""

    def waiting(self) -> int:
        """Give how many frames were written and not heard yet."""

    def write(self, frames: Frames) -> None:
        """Take frames, no more than are free."""

    def pause(self) -> None:
        """Stop at once; what waits stays."""

    def resume(self) -> None:
        """Go on."""

    def flush(self) -> None:
        """Forget what waits."""

    def close(self) -> None:
        """Let go of the device."""

    def problem(self) -> str:
        """Say why it plays no more; empty while it does."""


def load() -> None:
    """Load Qt Multimedia's libraries, in some 20 ms.

    On the GUI thread: while a module of PyQt is being loaded on another one, any signal there may crash the program.

    Raises
    ------
    OutputError
        They are not there.
    """
    sound_server()
    # It tells the terminal about every library it tries.
    QLoggingCategory.setFilterRules("qt.multimedia.*=false")
    try:
        import PyQt6.QtMultimedia  # noqa: F401
    except ImportError as error:
        raise OutputError(f"nothing can be played: Qt Multimedia cannot be loaded ({error})") from error


class QtOutput:
    """The computer's default sound output.

    Parameters
    ----------
    rate : int
        Samples per second of the frames; a device that does not take it gets them at its own.

    Raises
    ------
    OutputError
        There is none, or it cannot be opened.
    """

    def __init__(self, rate: int) -> None:
        load()
        from PyQt6.QtMultimedia import QAudioFormat, QAudioSink, QMediaDevices

        device = QMediaDevices.defaultAudioOutput()
        if device.isNull():
            raise OutputError("nothing can be played: this computer has no sound output")
        self.rate, self._name = rate, device.description()
        self._last_free, self._last_change = -1, 0.0
        form, kinds = QAudioFormat(), QAudioFormat.SampleFormat
        form.setChannelCount(2)
        for own_rate, kind in ((r, k) for r in (rate, device.preferredFormat().sampleRate())
                               for k in (kinds.Float, kinds.Int16)):  # fmt: skip
            form.setSampleRate(own_rate)
            form.setSampleFormat(kind)
            if device.isFormatSupported(form):
                break
        else:
            raise OutputError(f"nothing can be played: {self._name} takes no stereo sound")
        self._own_rate, self._floats = form.sampleRate(), form.sampleFormat() == kinds.Float
        self._frame_bytes = form.bytesPerFrame()
        self._resampler = self._make_resampler()
        self._sink: Any = QAudioSink(device, form)
        self._sink.setBufferSize(form.bytesForDuration(round(BUFFER_SECONDS * 1e6)))
        self._start()

    def free(self) -> int:  # noqa: D102
        # The resampler may give a frame more than the ratio.
        own: int = self._sink.bytesFree() // self._frame_bytes
        return own if self._resampler is None else max(0, int(own * self.rate / self._own_rate) - 2)

    def waiting(self) -> int:  # noqa: D102
        own: int = (self._sink.bufferSize() - self._sink.bytesFree()) // self._frame_bytes
        return round(own * self.rate / self._own_rate)

    def write(self, frames: Frames) -> None:  # noqa: D102
        if self._resampler is not None:
            frames = self._resampler.process(np.ascontiguousarray(frames.T)).T
        if not self._floats:
            frames = (np.clip(frames, -1, 1) * 32767).round().astype(np.int16)
        self._device.write(np.ascontiguousarray(frames).tobytes())

    def pause(self) -> None:  # noqa: D102
        self._sink.suspend()

    def resume(self) -> None:  # noqa: D102
        self._last_change = time.monotonic()
        self._sink.resume()

    def flush(self) -> None:  # noqa: D102
        self._sink.reset()
        self._resampler = self._make_resampler()
        self._start()

    def close(self) -> None:  # noqa: D102
        self._sink.reset()
        self._sink.deleteLater()

    def problem(self) -> str:  # noqa: D102
        from PyQt6.QtMultimedia import QAudio

        stopped = self._sink.state() == QAudio.State.StoppedState
        failed = self._sink.error() in (QAudio.Error.OpenError, QAudio.Error.IOError, QAudio.Error.FatalError)
        gone = stopped or failed or self._is_stuck()
        if gone:
            sound_server().lose()
        return f"{self._name} plays no more: is it still connected?" if gone else ""

    def _is_stuck(self) -> bool:
        """Whether nothing was taken for a while; Qt does not tell of a server or a device that is gone."""
        free, now = self._sink.bytesFree(), time.monotonic()
        if free != self._last_free or not self.waiting():
            self._last_free, self._last_change = free, now
        return now - self._last_change > STUCK_SECONDS

    def _start(self) -> None:
        if not sound_server().is_there():
            raise OutputError("nothing can be played: the sound server is gone; try again when it is back")
        self._last_free, self._last_change = -1, time.monotonic()
        self._device = self._sink.start()
        if self._device is None or self.problem():
            raise OutputError(f"nothing can be played: {self._name} cannot be opened; is another program using it?")

    def _make_resampler(self) -> Any:
        if self._own_rate == self.rate:
            return None
        from pedalboard.io import StreamResampler

        return StreamResampler(self.rate, self._own_rate, 2)
