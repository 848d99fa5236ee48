"""Whether the sound server is there: Qt Multimedia 6.11 aborts the whole program that plays into one that is gone."""

from __future__ import annotations

import os
import socket
import time
from functools import cache
from pathlib import Path

BACK_SECONDS = 4.0
"""After a server was gone: Qt looks for it every three seconds."""


class SoundServer:
    """PulseAudio, or PipeWire in its place, as it is reached when the panel first plays.

    Parameters
    ----------
    path : pathlib.Path, optional
        Its socket; where there is none, as on other systems, the server counts as being there.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path if path is not None and _answers(path) else None
        self._back = 0.0

    def is_there(self) -> bool:
        """Whether it can be played into now."""
        if self._path is not None and not _answers(self._path):
            self.lose()
        return self._path is None or time.monotonic() >= self._back

    def lose(self) -> None:
        """Hear that it is gone, or has been."""
        self._back = time.monotonic() + BACK_SECONDS


@cache
def sound_server() -> SoundServer:
    """Give the user's sound server."""
    named, runtime = os.environ.get("PULSE_SERVER", ""), os.environ.get("XDG_RUNTIME_DIR")
    if named:
        return SoundServer(Path(named.removeprefix("unix:")) if named.startswith(("unix:", "/")) else None)
    return SoundServer(Path(runtime) / "pulse/native" if runtime else None)


def _answers(path: Path) -> bool:
    if not hasattr(socket, "AF_UNIX"):
        return False
    with socket.socket(socket.AF_UNIX) as link:
        link.setblocking(False)
        try:
            link.connect(str(path))
        except BlockingIOError:  # it is busy
            return True
        except OSError:
            return False
    return True
