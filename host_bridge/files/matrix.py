"""What each format keeps, measured: a timeline is written and read back, and each part of it is looked for.

``python -m host_bridge.files.matrix docs/timeline-files.md`` writes the page for users.
"""

from __future__ import annotations

import sys
import tempfile
import wave
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.errors import TimelineError
from host_bridge.files.convert import contents
from host_bridge.files.formats import FORMATS, Format, Keeps, open_document, read
from host_bridge.files.host import FileHost
from host_bridge.host import Capability, CueOptions, TrackEdit
from host_bridge.timeline import (
    AUDIO,
    VIDEO,
    Placed,
    cues,
    facts,
    make_clip,
    make_timeline,
    make_tracks,
    media_path,
    placed_clips,
    track_id,
)
from host_bridge.times import exact_rate, seconds

RATE, COLOUR, CAPTION = Fraction(30000, 1001), "#336699", 'A warm guitar, "hopeful" – 暖 🎸'

HEAD = """# Timeline files

Cuefinder reads and writes the timelines of editors that exchange files. It never writes over a file: the result lies
beside the old one as `name.cuefinder.ext`, and what Cuefinder does not know in it (effects, titles, bins) stays as the
editor wrote it. The table is measured, by writing a timeline and reading it back: two video clips and one of sound with
an offset, a marker in a clip, one in the timeline, start timecode 01:00:00:00, 29.97 drop frame, names with emoji, and
then a cue, a caption and a track's colour.
"""
TAIL = """
- Where fades and gain are not kept, a cue is written to a sound file of its own that has them in its sound.
- Captions, cue sheets' facts and, in MLT and Kdenlive files, the start timecode are kept in fields that other programs
  carry along but do not show.
- An EDL does not say its frame rate; it is guessed from its timecodes unless you say it.
- AAF: a timeline track with effects or transitions takes no cue; a new one is made.
- Locked timeline tracks take no cue.
- Markers of the whole timeline lie in a clip or gap of the storyline in Final Cut Pro, which has no others.
"""


def sample(folder: Path, rate: Fraction = RATE, drop_frame: bool = False) -> otio.schema.Timeline:
    """Two video clips and, 45 frames in, one of sound; a clip marker, a timeline marker, start 01:00:00:00."""
    rate = exact_rate(rate)
    base = round(rate)
    start = base * 3600 - (base // 15 * 54 if drop_frame else 0)

    def span(first: int, count: int) -> TimeRange:
        return TimeRange(RationalTime(first, float(rate)), RationalTime(count, float(rate)))

    def clip(name: str, file: str, first: int, count: int) -> otio.schema.Clip:
        return make_clip(name, folder / file, span(first, count), available=span(0, 600))

    def at(frame: int) -> RationalTime:
        return RationalTime(frame, float(rate))

    dawn = clip("Dawn 🌅", "dawn & day.mp4", 10, 90)
    dawn.markers.append(otio.schema.Marker("sun <up>", span(20, 1)))
    video = make_tracks("Picture 🎞", VIDEO, [(dawn, at(0)), (clip("Run", "run.mp4", 0, 150), at(90))], id="V1")
    sound = make_tracks("Voice", AUDIO, [(clip("Wärm guitar 🎸", "voice.wav", 30, 60), at(45))], id="A1")
    return make_timeline("A film 🎬", video + sound, rate=rate, drop_frame=drop_frame, start=at(start),
                         markers=[otio.schema.Marker("titles 🎵", span(100, 1))])  # fmt: skip


def measure(format: Format, folder: Path) -> frozenset[Keeps]:
    """What a format keeps of the sample and of a cue; files are made in a folder."""
    wanted = sample(folder, drop_frame=True)
    path = folder / f"film{format.suffix}"
    path.write_bytes(contents(wanted, path))
    found = read(path)
    looks: dict[Keeps, Callable[[otio.schema.Timeline], object]] = {
        Keeps.CLIPS: _clips,
        Keeps.NAMES: lambda t: (t.name, [one.clip.name for one in placed_clips(t)]),
        Keeps.START: lambda t: t.global_start_time is not None and seconds(t.global_start_time),
        Keeps.DROP_FRAME: lambda t: bool(facts(t).get("drop_frame")),
        Keeps.TRACK_NAMES: lambda t: [track.name for track in t.tracks],
        Keeps.CLIP_MARKERS: _clip_markers,
        Keeps.MARKERS: lambda t: [(m.name, seconds(m.marked_range.start_time)) for m in t.tracks.markers],
    }
    kept = {keeps for keeps, look in looks.items() if look(found) == look(wanted)}
    return frozenset(kept | _edited(path, folder))


def _edited(path: Path, folder: Path) -> set[Keeps]:
    """What is kept of a cue, a caption and a colour."""
    music, kept = folder / "müsic 🎵.wav", set()
    with wave.open(str(music), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(2 * 8000 * 4))
    options = CueOptions(name="Cue 🎵", key="k1", gain_db=-6.0, fade_in=Fraction(1, 2), fade_out=Fraction(1))
    segment, at = TimeRange(RationalTime(1, 1), RationalTime(2, 1)), RationalTime(1, 1)
    changed = _saved(path, lambda host: host.insert_cue(music, segment, at, options))
    ours = cues(read(changed)) if changed is not None else []
    if changed is not None and [(_frames(one), one.clip.name) for one in ours] == [((30, 59), "Cue 🎵")]:
        kept.add(Keeps.CUE)
        volume = open_document(changed).volume(str(facts(ours[0].clip)["id"]))
        kept |= {Keeps.GAIN} if volume.gain_db == options.gain_db else set()
        kept |= {Keeps.FADES} if (volume.fade_in, volume.fade_out) == (14, 29) else set()
    first = placed_clips(read(path))[0]
    clip, track = str(facts(first.clip)["id"]), track_id(first.timeline_track)
    changed = _saved(path, lambda host: host.annotate(clip, CAPTION))
    if changed is not None and facts(placed_clips(read(changed))[0].clip).get("caption") == CAPTION:
        kept.add(Keeps.CAPTIONS)
    changed = _saved(path, lambda host: host.edit_tracks([TrackEdit(track, colour=COLOUR)]))
    if changed is not None and facts(placed_clips(read(changed))[0].timeline_track).get("colour") == COLOUR:
        kept.add(Keeps.COLOURS)
    return kept


def _saved(path: Path, change: Callable[[FileHost], object]) -> Path | None:
    """The file that an edit led to; None where it cannot be written. What a host refuses beforehand is tried too."""
    host = FileHost(path)
    host.capabilities = frozenset(Capability)
    change(host)
    try:
        return host.save()
    except TimelineError:
        return None


def _frames(placed: Placed) -> tuple[int, int]:
    return int(placed.record.start_time.value), int(placed.record.duration.value)


def _clips(timeline: otio.schema.Timeline) -> list[tuple[str, tuple[int, int], Fraction, Path | None]]:
    """Kind, place, source and media of all clips."""
    return [(one.timeline_track.kind, _frames(one), seconds(one.clip.source_range.start_time), media_path(one.clip))
            for one in placed_clips(timeline)]  # fmt: skip


def _clip_markers(timeline: otio.schema.Timeline) -> list[tuple[str, str, Fraction]]:
    return [(one.clip.name, marker.name, seconds(marker.marked_range.start_time))
            for one in placed_clips(timeline) for marker in one.clip.markers]  # fmt: skip


def page(measured: dict[Format, frozenset[Keeps]]) -> str:
    """The page for users, in Markdown."""
    columns = list(Keeps)
    lines = [HEAD, "| file | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    lines += [f"| **{one.title}** ({one.suffix}) | " + " | ".join("yes" if k in kept else "–" for k in columns) + " |"
              for one, kept in measured.items()]  # fmt: skip
    lines += ["", "Written and read by:", "", *(f"- {one.title}: {one.editors}" for one in measured), TAIL]
    return "\n".join(lines)


def measure_all() -> dict[Format, frozenset[Keeps]]:
    """Measure every format, in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="cuefinder-") as folder:
        return {one: measure(one, Path(folder)) for one in FORMATS}


def main() -> None:
    """Write the page to the file named, or show it."""
    text = page(measure_all())
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
