"""Sounds that hosts export of clips whose files they do not tell: `export_sound`."""

from __future__ import annotations

import time
from pathlib import Path

from opentimelineio.opentime import RationalTime, TimeRange

from gui.models.clips import Clip
from host_bridge.host import Host
from plugin.errors import InputError, printable

KEPT_SECONDS = 30 * 86400.0
"""Exports that are older are taken away: they can be made again."""
MICRO = 1_000_000


def export_sound(host: Host, clip: Clip) -> None:
    """Let a host write the sound of a clip to the file where it is looked for, anew if it is there.

    Raises
    ------
    BridgeError
        The host cannot, or is gone.
    InputError
        The disk does not take it.
    """
    assert clip.path is not None and clip.exported
    try:
        clip.path.parent.mkdir(parents=True, exist_ok=True)
        _tidy(clip.path.parent)
        clip.path.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{printable(clip.path)}: no sound can be exported there: {error.strerror}") from error
    span = TimeRange(RationalTime(float(clip.at * MICRO), MICRO), RationalTime(float(clip.length * MICRO), MICRO))
    host.export_range(span, clip.path, clip.track_id)


def _tidy(folder: Path) -> None:
    for path in folder.glob("*.wav"):
        if time.time() - path.stat().st_mtime > KEPT_SECONDS:
            path.unlink(missing_ok=True)
