"""Models lent to an asker who may cancel what they do for him: `WatchedEngine`, `lend`."""

from __future__ import annotations

import copy
from typing import Any

from gui.models.cancellation import Cancellation
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


def lend(engine: WatchedEngine, cancellation: Cancellation | None = None) -> WatchedEngine:
    """Give loaded models to an asker who may cancel what they do for him."""
    lent = copy.copy(engine)
    lent.cancellation = cancellation or Cancellation()
    return lent
