"""Cues into timelines: `CueRequest` says what, `place_cue` does it in a host."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from gui.models.clips import MILLI, Clip
from gui.models.cues import CueRequest, Workshop, cue_length, exact, faded
from host_bridge.errors import HostError, StaleTimelineError
from host_bridge.host import Capability, CueOptions, Host, Placement
from host_bridge.placing import Spot, spot
from host_bridge.timeline import clip_id, cues, facts, placed_clips, rate_of
from host_bridge.times import at_rate, seconds, timecode
from plugin.errors import InputError, printable
from plugin.library.records import Stamp
from plugin.treatment import Treatment

KEY_LENGTH = 16
CLOSE = Fraction(1, 20)
"""Seconds: nearer than this is the same place, for hosts tell places in their own roundings."""


@dataclass(frozen=True, slots=True)
class Done:
    """A cue that was placed: where, and that in words; the file that was rendered for it, if one was."""

    placement: Placement
    text: str
    sound: Path | None


def place_cue(
    host: Host, request: CueRequest, workshop: Workshop, *, under: Sequence[Clip] = (), at_playhead: bool = False
) -> Done:
    """Place a cue under clips or at the playhead; the very same cue in the same place is never placed twice.

    Parameters
    ----------
    host : Host
    request : CueRequest
    workshop : Workshop
    under : sequence of Clip
        As the user saw them: from the first start to the last end. Without any, what is selected in the host counts.
    at_playhead : bool
        Whatever is selected.

    Raises
    ------
    StaleTimelineError
        A clip is gone or lies elsewhere now, or the timeline changed in the meantime; nothing was placed.
    BridgeError, InputError
        The host is gone or refuses, the track is gone, or the cue cannot be rendered.
    """
    host.require(Capability.INSERT_CUE)
    if not request.track.is_file():
        raise InputError(f"{printable(request.track)}: there is no such file to place; reconnect the disk")
    timeline = host.timeline()
    where = _spot(host, timeline, under, at_playhead)
    length, whole = cue_length(request, where.length)
    rate = rate_of(timeline)
    span = max(at_rate(length, rate, "down"), RationalTime(1, float(rate)))
    treatment = faded(request, float(seconds(span)), whole, workshop)
    key = _key(timeline, request, treatment, where.at, span)
    sound = None if _host_can(host, treatment) else _rendered(request, treatment, seconds(span), workshop, key)
    begin = RationalTime(0 if sound is not None else round(request.start * MILLI), MILLI)
    options = CueOptions(name=request.name, key=key, revision=facts(timeline).get("revision"), title=request.name,
                         artist=request.artist)  # fmt: skip
    if sound is None:
        options = replace(options, gain_db=treatment.gain_db, fade_in=exact(treatment.fade_in),
                          fade_out=exact(treatment.fade_out))  # fmt: skip
    placed = host.insert_cue(sound or request.track, TimeRange(begin, span), where.at, options)
    return Done(placed, _in_words(host, timeline, request, placed, sound), sound)


def _spot(host: Host, timeline: otio.schema.Timeline, under: Sequence[Clip], at_playhead: bool) -> Spot:
    if at_playhead:
        host.require(Capability.PLAYHEAD)
        playhead = facts(timeline).get("playhead")
        if playhead is None:
            raise HostError(host.name, "it does not say where the playhead is; choose a clip to place the music under")
        return Spot(at_rate(max(Fraction(0), seconds(playhead)), rate_of(timeline)), None)
    if not under:
        if not {Capability.PLAYHEAD, Capability.SELECTION} & host.capabilities:
            raise HostError(host.name, "choose a clip to place the music under")
        return spot(timeline)
    now = {(clip_id(p.clip), seconds(p.record.start_time), seconds(p.record.duration)) for p in placed_clips(timeline)}
    for clip in under:
        if (clip.id, clip.at, clip.length) not in now:
            what = "was moved or trimmed" if clip.id in {id for id, *_ in now} else "is no longer on the timeline"
            raise StaleTimelineError(host.name, f"the clip {clip.name} {what}; nothing was placed, look at it again")
    first = min(clip.at for clip in under)
    return Spot(at_rate(first, rate_of(timeline)), max(clip.at + clip.length for clip in under) - first)


def _host_can(host: Host, treatment: Treatment) -> bool:
    fades = not (treatment.fade_in or treatment.fade_out) or Capability.FADES in host.capabilities
    return treatment.is_plain and fades and (not treatment.gain_db or Capability.GAIN in host.capabilities)


def _rendered(request: CueRequest, treatment: Treatment, length: Fraction, workshop: Workshop, key: str) -> Path:
    """A file of the cue, made unless the very same one is there."""
    asked = (exact(request.end) - exact(request.start)) / exact(treatment.tempo)
    if request.rendered is not None and treatment == request.treatment and abs(asked - length) < CLOSE:
        return request.rendered
    name = "".join(letter if letter.isalnum() or letter in " -_" else "_" for letter in request.name).strip()
    out = workshop.folder / f"{name[:80]} {key}.wav"
    if not out.is_file():
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"{printable(out.parent)}: no folder for cues can be made: {error.strerror}") from error
        end = float(exact(request.start) + length * exact(treatment.tempo))
        workshop.render(request.track, request.start, end, out, treatment)
    return out


def _key(
    timeline: otio.schema.Timeline, request: CueRequest, treatment: Treatment, at: RationalTime, span: RationalTime
) -> str:
    """The same for the same cue in the same place; another one where that cue was moved away since."""
    music = str(request.track), Stamp.of(request.track), round(request.start * MILLI)
    what = repr((music, treatment, seconds(at), seconds(span)))
    elsewhere = {facts(placed.clip)["cue"].get("key") for placed in cues(timeline)
                 if abs(seconds(placed.record.start_time) - seconds(at)) > CLOSE}  # fmt: skip
    for number in range(len(elsewhere) + 1):
        key = hashlib.sha256(f"{what}{number or ''}".encode("utf-8", "surrogateescape")).hexdigest()[:KEY_LENGTH]
        if key not in elsewhere:
            break
    return key


def _in_words(
    host: Host, timeline: otio.schema.Timeline, request: CueRequest, placed: Placement, sound: Path | None
) -> str:
    drops = bool(facts(timeline).get("drop_frame"))
    at = timecode(placed.record.start_time, start=timeline.global_start_time, drop_frame=drops)
    lies = "lay there already, at" if placed.already else "lies at"
    text = f"{request.name} {lies} {at} on {placed.timeline_track} in {host.name}"
    return text if sound is None else f"{text}, as {printable(sound.name)}"
