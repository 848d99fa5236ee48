"""One set of models for all that the panel asks of them, each asker with a cancellation of its own."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from gui.models.cancellation import Cancellation
from plugin.pack import Vocabulary
from plugin.parts.installed import chosen_or_none

if TYPE_CHECKING:
    from gui.models.lending import WatchedEngine


class Engines:
    """Loads models once and lends them out; any thread may ask.

    Parameters
    ----------
    pack : pathlib.Path, optional
        Folder of a pack that does all the work; by default the shipped one does, with the parts in use beside it.
    device : str
        "auto", "cpu" or "cuda".
    """

    def __init__(self, pack: Path | None = None, device: str = "auto") -> None:
        self._pack, self._device = pack, device
        self._lock = threading.Lock()
        self._engine: WatchedEngine | None = None
        self._choice: dict[str, str] = {}

    @property
    def pack(self) -> Path | None:
        """The pack that was asked for; None for the shipped one and the parts in use."""
        return self._pack

    @property
    def device(self) -> str:
        """The device that was asked for."""
        return self._device

    def engine(self, cancellation: Cancellation | None = None) -> WatchedEngine:
        """Give the models, loaded; they stop at their next step when `cancellation` says so.

        ONNX Runtime's sessions take calls from any thread, so all askers share them.

        Raises
        ------
        PackError, DeviceError
            The models cannot be loaded.
        """
        from gui.models.lending import WatchedEngine, lend  # here, as the window does not wait for the runtime

        with self._lock:
            if self._engine is None:
                self._choice = chosen_or_none()
                engine = WatchedEngine(self._pack, self._device)
                engine.load()
                self._engine = engine
            lent = self._engine
        return lend(lent, cancellation)

    def vocabulary(self) -> Vocabulary:
        """Give the words of the models in use, whether they are loaded or not.

        Raises
        ------
        PackError
            The pack cannot be read.
        """
        from plugin.runtime.engine import Engine

        with self._lock:
            engine, folder = self._engine, self._pack
        return (engine or Engine(folder)).vocabulary

    def change(self, pack: Path | None, device: str) -> None:
        """Load another pack, or on another device, and lend that from now on.

        Raises
        ------
        PackError, DeviceError
            They cannot be loaded; those in use stay.
        """
        from gui.models.lending import WatchedEngine

        choice = chosen_or_none()
        engine = WatchedEngine(pack, device)
        engine.load()
        self.take(engine, pack, device, choice)

    def take(self, engine: WatchedEngine, pack: Path | None, device: str, choice: dict[str, str]) -> None:
        """Lend loaded models from now on; `choice` are the parts in use that they are made of, by role."""
        with self._lock:
            self._pack, self._device, self._engine, self._choice = pack, device, engine, choice

    def follow(self) -> bool:
        """Load what is in use on this machine where another process has chosen anew; says whether it has.

        Raises
        ------
        PackError, DeviceError
            It cannot be loaded; the models in use stay.
        """
        with self._lock:
            is_same = self._engine is None or self._pack is not None or chosen_or_none() == self._choice
        if not is_same:
            self.change(None, self._device)
        return not is_same
