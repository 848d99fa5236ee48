"""Timeline files opened, and what commands write into new ones."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.files.host import FileHost
from host_bridge.host import Capability, CueOptions, Placement, check_cue
from host_bridge.timeline import clip_id, end_of_timeline, placed_clips
from host_bridge.times import at_rate, seconds
from plugin.cue import render_cue
from plugin.decode import MediaInfo, probe
from plugin.errors import DecodeError, InputError, printable
from plugin.treatment import Treatment

MILLI = 1000
"""Times of commands are of milliseconds."""


def open_timeline(path: Path, rate: Fraction | None) -> FileHost:
    """Open a timeline file of any format."""
    if path.suffix.lower() == ".rpp":
        from host_bridge.reaper.rpp_host import RppHost

        return RppHost(path)
    return FileHost(path, rate)


def keep_captions(host: FileHost, captions: dict[str, str], out: Path | None) -> Path:
    """Write captions into a new file: with their clips, or as markers where the format keeps none; gives the file.

    Raises
    ------
    InputError
        The format keeps neither.
    """
    if Capability.ANNOTATE in host.capabilities:
        for clip, caption in captions.items():
            host.annotate(clip, caption)
    elif Capability.MARKERS in host.capabilities:
        import opentimelineio as otio

        host.add_markers([
            otio.schema.Marker(name=captions[clip_id(placed.clip)], marked_range=placed.record)
            for placed in placed_clips(host.timeline()) if clip_id(placed.clip) in captions
        ])  # fmt: skip
    else:
        raise InputError(f"{printable(host.path)}: {host.name} keeps neither captions nor markers; convert it to .otio")
    return host.save(out)


def place_cue(
    host: FileHost, track: Path, at: RationalTime, *, start: float, length: float | None, fade_in: float,
    fade_out: float, gain_db: float, on: str | None, out: Path | None,
) -> tuple[Placement, Path, Path | None]:  # fmt: skip
    """Place a cue in a new file; where the format keeps no fades or level, these go into a rendered file beside it.

    Parameters
    ----------
    at : RationalTime
        From the timeline's first frame.
    start, length, fade_in, fade_out : float
        Seconds; None plays to the end of the music, or of the timeline if that comes first.

    Returns
    -------
    Placement
    Path
        The new timeline file.
    Path or None
        The rendered cue.
    """
    info = probe(track)
    if info.audio_codec is None:
        raise DecodeError(track, "there is no sound in it to place")
    long = _length(host, info, at, start, length)
    needs = (fade_in or fade_out) and Capability.FADES not in host.capabilities
    needs = needs or (gain_db and Capability.GAIN not in host.capabilities)
    rate = info.sample_rate or MILLI
    segment = TimeRange(at_rate(Fraction(start), rate), at_rate(long, rate))
    options = CueOptions(name=info.title or track.stem, timeline_track=on, title=info.title or track.stem,
                         artist=info.artist)  # fmt: skip
    if not needs:
        fades = {"fade_in": Fraction(fade_in), "fade_out": Fraction(fade_out), "gain_db": gain_db}
        placed = host.insert_cue(track, segment, at, CueOptions(**{**vars(options), **fades}))
        return placed, host.save(out), None
    host.require(Capability.INSERT_CUE)
    check_cue(track, segment, at, CueOptions(fade_in=Fraction(fade_in), fade_out=Fraction(fade_out), gain_db=gain_db))
    end = float(Fraction(start) + long)
    treatment = Treatment(gain_db=gain_db, fade_in=fade_in, fade_out=fade_out)
    wav = render_cue(track, start, end, _new(host.path, track), treatment)
    try:
        placed = host.insert_cue(wav, TimeRange(RationalTime(0, rate), segment.duration), at, options)
        return placed, host.save(out), wav
    except BaseException:
        wav.unlink(missing_ok=True)  # no cue, no file for it
        raise


def _length(host: FileHost, info: MediaInfo, at: RationalTime, start: float, length: float | None) -> Fraction:
    if info.duration is not None and start >= info.duration:
        raise InputError(f"{printable(info.path)}: it is {info.duration:.1f} s long, so nothing plays from {start:g} s")
    rest = Fraction(info.duration).limit_denominator(MILLI * MILLI) - Fraction(start) if info.duration else None
    if length is not None:
        if rest is not None and length > rest:
            raise InputError(
                f"{printable(info.path)}: from {start:g} s only {float(rest):.1f} s are left, not {length:g}"
            )
        return Fraction(length)
    left = end_of_timeline(host.timeline()) - seconds(at)
    found = [value for value in (rest, left if left > 0 else None) if value is not None]
    if not found:
        raise InputError(f"{printable(info.path)}: it does not say how long it is; give --length")
    return min(found)


def _new(timeline: Path, track: Path) -> Path:
    """A name for a rendered cue beside the timeline that is not taken."""
    number = 1
    while (out := timeline.parent / f"{timeline.stem} cue {number} {track.stem}.wav").exists():
        number += 1
    return out
