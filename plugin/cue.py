"""A cue as a file of its own: the part of a track that plays, with its treatment in the sound itself."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path

from plugin import audition
from plugin.errors import InputError, printable
from plugin.treatment import NEUTRAL, Treatment


def render_cue(
    track: Path,
    start: float,
    end: float,
    out: Path,
    treatment: Treatment = NEUTRAL,
    *,
    check: Callable[[], None] = lambda: None,
) -> Path:
    """Write a cue to a new WAV file of 24 bits, stereo, at the track's own rate.

    Parameters
    ----------
    start, end : float
        The part that plays, in seconds of the track.
    treatment : Treatment
        What goes over full scale is limited, not clipped.
    check : callable
        Called between blocks; what it raises ends the work, and nothing is left behind.

    Raises
    ------
    DecodeError, InputError
        The track cannot be read, or `out` is there already or cannot be written.
    """
    _refuse_taken(out)
    temporary = out.parent / f".{secrets.token_hex(8)}.wav"
    with audition.open_treated(track, start, end, treatment) as sound:
        try:
            _write(sound, temporary, check)
            _refuse_taken(out)
            temporary.rename(out)
        except OSError as error:
            reason = error.strerror or os.strerror(error.errno or 0)
            raise InputError(f"{printable(out)}: cannot be written: {reason}") from error
        finally:
            temporary.unlink(missing_ok=True)
    return out


def _write(sound: audition.TreatedSound, path: Path, check: Callable[[], None]) -> None:
    from pedalboard.io import AudioFile

    with path.open("xb+") as raw:
        with AudioFile(raw, "w", sound.rate, 2, bit_depth=24, format="wav") as file:
            for block in sound:
                check()
                file.write(block)
        raw.flush()
        os.fsync(raw.fileno())


def _refuse_taken(out: Path) -> None:
    if os.path.lexists(out):
        raise InputError(f"{printable(out)}: it is there already; render to a new file")
