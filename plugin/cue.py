"""A cue as a file of its own: the part of a track that plays, with its level and fades in the sound itself."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from plugin.decode.stereo import read_stereo
from plugin.errors import InputError, printable


def fade(samples: NDArray[np.float32], rate: int, fade_in: float, fade_out: float) -> NDArray[np.float32]:
    """Fade sound [C, N] in and out along straight lines of amplitude, as editors do by default; seconds."""
    count = samples.shape[1]
    gain = np.ones(count, np.float32)
    for seconds, end in ((fade_in, slice(None)), (fade_out, slice(None, None, -1))):
        size = min(count, round(seconds * rate))
        if size:
            gain[end][:size] *= np.arange(size, dtype=np.float32) / size
    return samples * gain


def render_cue(
    track: Path,
    start: float,
    end: float,
    out: Path,
    *,
    fade_in: float = 0.0,
    fade_out: float = 0.0,
    gain_db: float = 0.0,
) -> Path:
    """Write a cue to a new WAV file of 24 bits, stereo, at the track's own rate.

    Parameters
    ----------
    start, end : float
        The part that plays, in seconds.
    fade_in, fade_out : float
        Seconds.
    gain_db : float
        What goes over full scale is limited, not clipped.

    Raises
    ------
    DecodeError, InputError
        The track cannot be read, or `out` is there already or cannot be written.
    """
    import pedalboard
    from pedalboard.io import AudioFile

    pb: Any = pedalboard
    if out.exists():
        raise InputError(f"{printable(out)}: it is there already; render to a new file")
    samples, rate = read_stereo(track, start, end)
    chain = [pb.Gain(gain_db)] if gain_db else []
    if np.abs(samples).max() * 10 ** (gain_db / 20) > 1.0:
        chain.append(pb.Limiter(threshold_db=-0.3, release_ms=50.0))
    if chain:
        samples = pb.Pedalboard(chain)(samples, rate)
    samples = fade(samples, rate, fade_in, fade_out)
    temporary = out.parent / f".{secrets.token_hex(8)}.wav"
    try:
        with temporary.open("xb+") as raw:
            with AudioFile(raw, "w", rate, 2, bit_depth=24, format="wav") as file:
                file.write(samples)
            raw.flush()
            os.fsync(raw.fileno())
        temporary.rename(out)
    except OSError as error:
        raise InputError(f"{printable(out)}: cannot be written: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return out
