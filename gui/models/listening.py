"""What is said of a clip by the models: `listen`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.models.captions import Said
from gui.models.clips import Clip
from plugin.errors import InputError

if TYPE_CHECKING:
    from plugin.runtime.engine import Engine

TAGS = 6


def listen(engine: Engine, clip: Clip) -> Said | str:
    """Caption a clip whose media is there; gives why in words where it cannot be heard."""
    from plugin.suggest.describe import describe  # here, as the window does not wait for FFmpeg

    assert clip.path is not None
    try:
        found = describe(engine, clip.path, clip.start, clip.end)
    except InputError as error:
        return str(error)
    tags = tuple(tag.name for tag in found.tags[:TAGS])
    return Said(found.sentence, tags, tuple(word for word, _ in found.moods), stamp=clip.stamp)
