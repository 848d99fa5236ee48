"""One set of models for all that the panel asks of them, each asker with a cancellation of its own."""

from __future__ import annotations

import copy
import threading
from pathlib import Path
from typing import Any

from gui.models.cancellation import Cancellation
from plugin.pack import Pack, Vocabulary
from plugin.paths import pack_dir
from plugin.runtime.engine import Engine, MusicFeatures, VideoFeatures


class WatchedEngine(Engine):
    """An engine that looks at a cancellation before each step of its work."""

    cancellation: Cancellation

    def music(self, windows: Any) -> MusicFeatures:
        """Hear segments, unless cancelled."""
        self.cancellation.check()
        return super().music(windows)

    def video(self, frames: Any) -> VideoFeatures:
        """Watch a range, unless cancelled."""
        self.cancellation.check()
        return super().video(frames)


class Engines:
    """Loads a pack once and lends it out; any thread may ask.

    Parameters
    ----------
    pack : pathlib.Path, optional
        Folder of the pack; the shipped one by default.
    device : str
        "auto", "cpu" or "cuda".
    """

    def __init__(self, pack: Path | None = None, device: str = "auto") -> None:
        self._pack, self._device = pack, device
        self._lock = threading.Lock()
        self._engine: WatchedEngine | None = None

    def engine(self, cancellation: Cancellation | None = None) -> WatchedEngine:
        """Give the models, loaded; they stop at their next step when `cancellation` says so.

        ONNX Runtime's sessions take calls from any thread, so all askers share them.

        Raises
        ------
        PackError, DeviceError
            The models cannot be loaded.
        """
        with self._lock:
            if self._engine is None:
                engine = WatchedEngine(self._pack, self._device)
                engine.load()
                self._engine = engine
            lent = copy.copy(self._engine)
        lent.cancellation = cancellation or Cancellation()
        return lent

    def vocabulary(self) -> Vocabulary:
        """Give the words of the pack, whether its models are loaded or not.

        Raises
        ------
        PackError
            The pack cannot be read.
        """
        with self._lock:
            folder = self._pack if self._pack is not None else pack_dir()
        return Pack(folder).vocabulary()

    def change(self, pack: Path | None, device: str) -> None:
        """Load another pack, or on another device, and lend that from now on.

        Raises
        ------
        PackError, DeviceError
            They cannot be loaded; those in use stay.
        """
        engine = WatchedEngine(pack, device)
        engine.load()
        with self._lock:
            self._pack, self._device, self._engine = pack, device, engine
