"""What every host must do, whichever way it is reached: a suite that each adapter's tests subclass.

A subclass gives the fixture `project`: the host with a project of known clips in it. Whatever the host's capabilities
do not name must be refused beforehand, with nothing changed; whatever they name is tried.
"""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
import opentimelineio as otio
import pytest
from opentimelineio.opentime import RationalTime, TimeRange

from host_bridge.errors import HostError, StaleTimelineError, TimelineError, UnsupportedError
from host_bridge.host import Capability, CueOptions, Host, Placement, TrackEdit
from host_bridge.timeline import (
    clip_id,
    end_of_timeline,
    facts,
    find_clip,
    markers_of,
    media_path,
    placed_clips,
    rate_of,
    timeline_tracks,
    track_id,
)
from host_bridge.times import at_rate, end_of, exact_rate, overlap, seconds

RATE = 48_000
ACTIONS = {
    Capability.INSERT_CUE: lambda host, music: place(host, music),
    Capability.MARKERS: lambda host, music: host.add_markers([marker("here", 1)]),
    Capability.ANNOTATE: lambda host, music: host.annotate(clip_id(placed_clips(host.timeline())[0].clip), "a caption"),
    Capability.RENAME_TRACKS: lambda host, music: host.edit_tracks([TrackEdit(track_ids(host)[0], name="bass")]),
    Capability.COLOUR_TRACKS: lambda host, music: host.edit_tracks([TrackEdit(track_ids(host)[0], colour="#336699")]),
    Capability.EXPORT_RANGE: lambda host, music: host.export_range(span(0, 1), music.parent / "out.wav"),
    Capability.WATCH: lambda host, music: host.watch(lambda: None),
    Capability.SEEK: lambda host, music: host.seek(RationalTime(1, 1)),
    Capability.UNDO: lambda host, music: host.undo(),
    Capability.FADES: lambda host, music: place(host, music, fade_in=Fraction(1)),
    Capability.GAIN: lambda host, music: place(host, music, gain_db=-6.0),
}


@dataclass
class Project:
    """A host with a known project.

    Attributes
    ----------
    clips : list of (name, start, duration)
        What must be read, in seconds, in any order.
    audible : tuple of float, optional
        Start and duration in seconds of a range in which something sounds, where the host can export.
    media : bool
        Whether clips say where their media are.
    """

    host: Host
    clips: list[tuple[str, Fraction, Fraction]]
    audible: tuple[float, float] | None = None
    media: bool = True
    extra: dict[str, object] = field(default_factory=dict)


def span(start: float, duration: float, rate: int = 1000) -> TimeRange:
    return TimeRange(RationalTime(round(start * rate), rate), RationalTime(round(duration * rate), rate))


def marker(name: str, start: float, duration: float = 0) -> otio.schema.Marker:
    return otio.schema.Marker(name=name, marked_range=span(start, duration), color=otio.schema.MarkerColor.RED)


def place(host: Host, music: Path, at: float = 1.0, segment: TimeRange | None = None, **options: object) -> Placement:
    options.setdefault("name", "Our cue")
    return host.insert_cue(music, segment or span(2, 3), RationalTime(round(at * 1000), 1000), CueOptions(**options))


def track_ids(host: Host) -> list[str]:
    return [track_id(track) for track in timeline_tracks(host.timeline())]


def revision(host: Host) -> str:
    return str(facts(host.timeline())["revision"])


def write_wav(path: Path, samples: np.ndarray, rate: int = RATE) -> Path:
    """float [N] in -1..1 as 16-bit mono."""
    import wave

    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def tone(seconds: float, hertz: float = 440.0, rate: int = RATE) -> np.ndarray:
    return 0.4 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)


class HostConformance:
    """Subclass it, and give a fixture `project` of `Project`."""

    @pytest.fixture
    def music(self, tmp_path: Path) -> Path:
        folder = tmp_path / "Müsic & more"
        folder.mkdir()
        return write_wav(folder / "wärm  guitar 🎸.wav", tone(8))

    @pytest.fixture
    def host(self, project: Project):
        return project.host

    def can(self, host: Host, *wanted: Capability) -> None:
        missing = [c for c in wanted if c not in host.capabilities]
        if missing:
            pytest.skip(f"{host.name} has no {', '.join(missing)}: that it is refused is tested")

    def tolerance(self, host: Host) -> Fraction:
        return max(Fraction(1, 2) / rate_of(host.timeline()), Fraction(1, 1000))

    def test_it_says_who_it_is(self, host: Host) -> None:
        assert host.name
        assert isinstance(host.version, str)
        assert all(isinstance(c, Capability) for c in host.capabilities)

    def test_the_timeline_is_as_the_project_has_it(self, project: Project) -> None:
        timeline = project.host.timeline()
        found = placed_clips(timeline)
        assert len(found) == len(project.clips)
        near = self.tolerance(project.host)
        for name, start, duration in project.clips:
            assert any(
                p.clip.name == name and abs(seconds(p.record.start_time) - start) <= near
                and abs(seconds(p.record.duration) - duration) <= near for p in found
            ), (name, start, duration, [(p.clip.name, p.record) for p in found])  # fmt: skip
        ours = facts(timeline)
        assert ours["host"] == project.host.name
        assert len(ours["rate"]) == 2
        assert ours["revision"]
        if project.media:
            assert all(media_path(p.clip) is not None for p in found)
        ids = [clip_id(p.clip) for p in found]
        assert len(set(ids)) == len(ids)

    def test_the_timeline_survives_otio(self, host: Host) -> None:
        timeline = host.timeline()
        again = otio.adapters.read_from_string(otio.adapters.write_to_string(timeline, "otio_json"), "otio_json")
        assert [p.record for p in placed_clips(again)] == [p.record for p in placed_clips(timeline)]
        assert facts(again)["revision"] == facts(timeline)["revision"]

    def test_reading_changes_nothing(self, host: Host) -> None:
        assert revision(host) == revision(host)

    def test_playhead_and_selection_lie_on_the_timeline(self, host: Host) -> None:
        ours = facts(host.timeline())
        if Capability.PLAYHEAD in host.capabilities:
            assert seconds(ours["playhead"]) >= 0
        if Capability.SELECTION in host.capabilities and "selection" in ours:
            assert seconds(ours["selection"].duration) >= 0

    def test_what_it_cannot_do_is_refused_beforehand(self, host: Host, music: Path) -> None:
        before = revision(host)
        for capability, act in ACTIONS.items():
            if capability not in host.capabilities:
                with pytest.raises(UnsupportedError, match=host.name):
                    act(host, music)
        assert revision(host) == before

    def test_a_cue_lies_where_it_was_asked_for(self, host: Host, music: Path, project: Project) -> None:
        self.can(host, Capability.INSERT_CUE)
        before = placed_clips(host.timeline())
        digest, touched = hashlib.sha256(music.read_bytes()).hexdigest(), music.stat().st_mtime_ns
        placed = place(host, music)
        timeline = host.timeline()
        found = find_clip(timeline, placed.clip)
        assert found is not None
        near = self.tolerance(host)
        assert abs(seconds(found.record.start_time) - 1) <= near
        assert 3 - 2 * near <= seconds(found.record.duration) <= 3 + near / 100  # never past the segment's end
        assert found.record == placed.record
        assert found.timeline_track.name == placed.timeline_track
        assert found.timeline_track.kind == otio.schema.TrackKind.Audio
        if project.media:
            assert media_path(found.clip) == music
            assert abs(seconds(found.clip.source_range.start_time) - 2) <= near
        others = [p for p in placed_clips(timeline) if clip_id(p.clip) != placed.clip]
        assert [(p.clip.name, p.record) for p in others] == [(p.clip.name, p.record) for p in before]
        assert not any(
            overlap(p.record, found.record) for p in others if p.timeline_track.name == placed.timeline_track
        )
        assert hashlib.sha256(music.read_bytes()).hexdigest() == digest
        assert music.stat().st_mtime_ns == touched

    def test_a_cue_with_fades_and_gain(self, host: Host, music: Path) -> None:
        self.can(host, Capability.INSERT_CUE, Capability.FADES, Capability.GAIN)
        placed = place(host, music, fade_in=Fraction(1, 2), fade_out=Fraction(1), gain_db=-6.0)
        assert find_clip(host.timeline(), placed.clip) is not None

    def test_the_same_key_places_one_cue(self, host: Host, music: Path) -> None:
        self.can(host, Capability.INSERT_CUE)
        first = place(host, music, key="a1b2")
        count = len(placed_clips(host.timeline()))
        second = place(host, music, key="a1b2")
        assert second.already
        assert not first.already
        assert (second.clip, second.record) == (first.clip, first.record)
        assert len(placed_clips(host.timeline())) == count

    def test_two_cues_in_one_place_never_overlap(self, host: Host, music: Path) -> None:
        self.can(host, Capability.INSERT_CUE)
        first = place(host, music)
        second = place(host, music, timeline_track=first.timeline_track)
        assert second.timeline_track != first.timeline_track
        third = place(host, music, at=60.0, timeline_track=first.timeline_track)
        assert third.timeline_track == first.timeline_track

    def test_a_timeline_that_changed_takes_nothing(self, host: Host, music: Path) -> None:
        self.can(host, Capability.INSERT_CUE)
        old = revision(host)
        place(host, music)
        count = len(placed_clips(host.timeline()))
        with pytest.raises(StaleTimelineError, match=host.name):
            place(host, music, at=20.0, revision=old)
        assert len(placed_clips(host.timeline())) == count
        place(host, music, at=20.0, revision=revision(host))

    @pytest.mark.parametrize(("change", "match"), [
        ({"music": "gone.wav"}, "no such file"), ({"at": -1.0}, "first frame"),
        ({"segment": span(1, 0)}, "empty"), ({"segment": span(-1, 2)}, "begins before"),
        ({"fade_in": Fraction(2), "fade_out": Fraction(2)}, "fades"), ({"gain_db": 60.0}, "gain"),
    ])  # fmt: skip
    def test_a_cue_that_cannot_be_placed_changes_nothing(
        self, host: Host, music: Path, change: dict[str, object], match: str
    ) -> None:
        self.can(host, Capability.INSERT_CUE)
        if "fade_in" in change:
            self.can(host, Capability.FADES)
        if "gain_db" in change:
            self.can(host, Capability.GAIN)
        before = revision(host)
        file = music.parent / str(change["music"]) if "music" in change else music
        with pytest.raises(TimelineError, match=match):
            place(host, file, **{name: value for name, value in change.items() if name != "music"})
        assert revision(host) == before

    def test_a_cue_is_undone_in_one_step(self, host: Host, music: Path) -> None:
        self.can(host, Capability.INSERT_CUE, Capability.UNDO)
        before = revision(host)
        place(host, music)
        assert revision(host) != before
        host.undo()
        assert revision(host) == before

    def test_nothing_of_ours_to_undo(self, host: Host) -> None:
        self.can(host, Capability.UNDO)
        before = revision(host)
        with pytest.raises(HostError, match="not one of Cuefinder's"):
            host.undo()
        assert revision(host) == before

    def test_markers(self, host: Host) -> None:
        self.can(host, Capability.MARKERS)
        near = self.tolerance(host)
        count = len(markers_of(host.timeline()))
        host.add_markers([marker("höpeful guitar", 1.5), marker("drums", 3)])
        found = markers_of(host.timeline())
        assert len(found) == count + 2
        for name, start in (("höpeful guitar", Fraction(3, 2)), ("drums", Fraction(3))):
            assert any(m.name == name and abs(seconds(m.marked_range.start_time) - start) <= near for m in found)

    def test_a_marker_before_the_first_frame_adds_none(self, host: Host) -> None:
        self.can(host, Capability.MARKERS)
        count = len(markers_of(host.timeline()))
        with pytest.raises(TimelineError, match="first frame"):
            host.add_markers([marker("good", 1), marker("bad", -1)])
        assert len(markers_of(host.timeline())) == count

    def test_markers_are_undone_in_one_step(self, host: Host) -> None:
        self.can(host, Capability.MARKERS, Capability.UNDO)
        count = len(markers_of(host.timeline()))
        host.add_markers([marker("one", 1), marker("two", 2)])
        host.undo()
        assert len(markers_of(host.timeline())) == count

    def test_a_caption_stays_with_its_clip(self, host: Host) -> None:
        self.can(host, Capability.ANNOTATE)
        first = clip_id(placed_clips(host.timeline())[0].clip)
        host.annotate(first, 'A warm guitar, "hopeful" – 暖')
        found = find_clip(host.timeline(), first)
        assert found is not None
        assert facts(found.clip)["caption"] == 'A warm guitar, "hopeful" – 暖'

    def test_a_caption_for_a_clip_that_is_gone(self, host: Host) -> None:
        self.can(host, Capability.ANNOTATE)
        with pytest.raises(HostError, match="no clip"):
            host.annotate("no-such-clip", "a caption")

    def test_timeline_tracks_are_renamed_and_coloured(self, host: Host) -> None:
        self.can(host, Capability.RENAME_TRACKS)
        before = [(t.name, facts(t).get("colour")) for t in timeline_tracks(host.timeline())]
        first, *_ = track_ids(host)
        colour = "#336699" if Capability.COLOUR_TRACKS in host.capabilities else None
        host.edit_tracks([TrackEdit(first, name="Bäss", colour=colour)])
        tracks = timeline_tracks(host.timeline())
        assert tracks[0].name == "Bäss"
        if colour:
            assert facts(tracks[0])["colour"] == colour
        if Capability.UNDO in host.capabilities:
            host.undo()
            assert [(t.name, facts(t).get("colour")) for t in timeline_tracks(host.timeline())] == before

    def test_an_edit_of_a_timeline_track_that_is_gone_changes_none(self, host: Host) -> None:
        self.can(host, Capability.RENAME_TRACKS)
        names = [t.name for t in timeline_tracks(host.timeline())]
        with pytest.raises(StaleTimelineError, match="no timeline track"):
            host.edit_tracks([TrackEdit(track_ids(host)[0], name="x"), TrackEdit("no-such-track", name="y")])
        assert [t.name for t in timeline_tracks(host.timeline())] == names

    def test_a_range_is_exported(self, project: Project, tmp_path: Path) -> None:
        host = project.host
        self.can(host, Capability.EXPORT_RANGE)
        assert project.audible is not None
        start, duration = project.audible
        before = revision(host)
        out = host.export_range(span(start, duration), tmp_path / "ränge.wav")
        import wave

        with wave.open(str(out)) as file:
            assert abs(file.getnframes() / file.getframerate() - duration) < 0.01
            raw = file.readframes(file.getnframes())
            width = file.getsampwidth()
        assert np.abs(np.frombuffer(raw, {2: "<i2", 4: "<i4"}[width]).astype(float)).max() > 0
        assert revision(host) == before
        with pytest.raises(TimelineError, match="already"):
            host.export_range(span(start, duration), out)

    def test_the_playhead_is_set(self, host: Host) -> None:
        self.can(host, Capability.SEEK, Capability.PLAYHEAD)
        host.seek(RationalTime(2, 1))
        assert abs(seconds(facts(host.timeline())["playhead"]) - 2) <= self.tolerance(host)

    def test_changes_are_told(self, host: Host, music: Path) -> None:
        self.can(host, Capability.WATCH, Capability.INSERT_CUE)
        told = threading.Event()
        with host.watch(told.set):
            place(host, music)
            assert told.wait(10)

    def test_a_cue_beyond_the_end(self, host: Host, music: Path) -> None:
        self.can(host, Capability.INSERT_CUE)
        rate = rate_of(host.timeline())
        at = at_rate(end_of_timeline(host.timeline()) + 100, rate)
        placed = host.insert_cue(music, span(0, 2), at, CueOptions(name="late"))
        assert abs(end_of(placed.record) - seconds(at) - 2) <= 2 * self.tolerance(host)
        assert exact_rate(placed.record.start_time.rate) == rate
