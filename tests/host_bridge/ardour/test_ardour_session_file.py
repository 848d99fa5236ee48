"""Session files without the program: written by hand as Ardour 6 and 7 have them, damaged, and hostile."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from opentimelineio.opentime import RationalTime

from host_bridge.ardour.as_timeline import as_timeline
from host_bridge.ardour.notes import read_notes
from host_bridge.ardour.session import read_session
from host_bridge.errors import TimelineError
from host_bridge.timeline import clip_id, facts, media_path, placed_clips
from host_bridge.times import seconds

SESSION = """<?xml version="1.0" encoding="UTF-8"?>
<Session version="7002" name="Song" sample-rate="44100" id-counter="99">
  <ProgramVersion created-with="Ardour 7.3.0~ds0-1" modified-with="Ardour 7.3.0~ds0-1"/>
  <Config><Option name="timecode-offset" value="441000"/><Option name="timecode-offset-negative" value="0"/></Config>
  <Sources>
    <Source name="take 1.wav" type="audio" id="1" channel="0" origin=""/>
    <Source name="out.wav" type="audio" id="2" channel="0" origin="/music/out &amp; about.wav"/>
    <Source name="notes.mid" type="midi" id="3" origin=""/>
    <Source name="compound" type="audio" id="4" playlist="77"/>
  </Sources>
  <Regions>
    <Region name="out" id="10" length="a2822400000@a0" start="a0" source-0="2" channels="2"/>
  </Regions>
  <Locations>
    <Location id="20" name="verse" start="a282240000" end="a282240000" flags="IsMark"/>
    <Location id="21" name="beat" start="b3840" end="b3840" flags="IsMark"/>
    <Location id="22" name="part" start="a282240000" end="a564480000" flags="IsRangeMarker"/>
    <Location id="23" name="session" start="a0" end="a564480000" flags="IsSessionRange"/>
    <Location id="24" name="Loop" start="a0" end="a564480000" flags="IsAutoLoop,IsHidden"/>
  </Locations>
  <Routes>
    <Route id="30" name="Second" audio-playlist="41"><PresentationInfo order="2" color="862362111"/></Route>
    <Route id="31" name="First" audio-playlist="40"><PresentationInfo order="1" color="0"/></Route>
    <Route id="32" name="Master"><PresentationInfo order="0"/></Route>
    <Route id="33" name="Keys" midi-playlist="42"><PresentationInfo order="3"/></Route>
  </Routes>
  <Playlists>
    <Playlist id="40" name="First" type="audio">
      <Region name="a" id="50" length="a564480000@a282240000" start="a141120000" source-0="2" channels="2" muted="1"/>
      <Region name="b" id="51" length="a564480000@a423360000" start="a0" source-0="1" channels="1"/>
    </Playlist>
    <Playlist id="41" name="Second" type="audio">
      <Region name="c" id="52" length="a282240000@a0" start="a0" source-0="4" channels="1"/>
    </Playlist>
    <Playlist id="42" name="Keys" type="midi">
      <Region name="d" id="53" length="b3840@b1920" start="b0" source-0="3"/>
    </Playlist>
  </Playlists>
  <TempoMap superclocks-per-second="282240000"><Tempos>
    <Tempo npm="120" note-type="4" sclock="0" quarters="0:0"/>
    <Tempo npm="60" note-type="4" sclock="282240000" quarters="2:0"/>
  </Tempos></TempoMap>
</Session>
"""
OLD = """<Session version="6000" name="Old" sample-rate="48000">
<Sources><Source name="x.wav" type="audio" id="1"/></Sources>
<Routes><Route id="2" name="T" audio-playlist="3"/></Routes>
<Playlists><Playlist id="3">
<Region name="r" id="4" position="48000" start="24000" length="96000" source-0="1"/></Playlist>
</Playlists></Session>"""


def save(tmp_path: Path, text: str | bytes) -> Path:
    file = tmp_path / "Song.ardour"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def test_a_session_is_read_as_it_is(tmp_path: Path) -> None:
    inside = tmp_path / "interchange" / "Song" / "audiofiles" / "take 1.wav"
    inside.parent.mkdir(parents=True)
    inside.touch()
    timeline = as_timeline(read_session(save(tmp_path, SESSION)), read_notes(tmp_path), "Ardour")
    assert timeline.name == "Song"
    assert [(t.name, facts(t)["id"], facts(t).get("colour"), facts(t).get("lane")) for t in timeline.tracks] == [
        ("First", "31", None, None), ("First", "31", None, 1), ("Second", "30", "#336699", None),
        ("Keys", "33", None, None),
    ]  # fmt: skip
    found = {p.clip.name: (seconds(p.record.start_time), seconds(p.record.duration)) for p in placed_clips(timeline)}
    assert found == {"a": (1, 2), "b": (Fraction(3, 2), 2), "c": (0, 1), "d": (Fraction(1, 2), Fraction(3, 2))}
    clips = {p.clip.name: p.clip for p in placed_clips(timeline)}
    assert media_path(clips["a"]) == Path("/music/out & about.wav")
    assert media_path(clips["b"]) == inside
    assert media_path(clips["c"]) is None
    assert seconds(clips["a"].source_range.start_time) == Fraction(1, 2)
    assert seconds(clips["a"].media_reference.available_range.duration) == 10
    assert (clips["a"].enabled, clips["b"].enabled, clip_id(clips["b"])) == (False, True, "51")
    assert facts(timeline)["rate"] == [44100, 1]
    assert timeline.global_start_time == RationalTime(441_000, 44_100)


def test_markers_are_marks_and_ranges_but_not_what_ardour_makes_itself(tmp_path: Path) -> None:
    timeline = as_timeline(read_session(save(tmp_path, SESSION)), read_notes(tmp_path), "Ardour")
    found = [
        (m.name, seconds(m.marked_range.start_time), seconds(m.marked_range.duration)) for m in timeline.tracks.markers
    ]
    assert found == [("verse", 1, 0), ("beat", 1, 0), ("part", 1, 1)]


def test_a_session_of_ardour_6_counts_in_samples(tmp_path: Path) -> None:
    (track,) = read_session(save(tmp_path, OLD)).tracks
    (region,) = track.regions
    assert (region.position, region.start, region.length) == (1, Fraction(1, 2), 2)


BOMB = (
    '<!DOCTYPE s [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]><Session version="7002" sample-rate="1">&c;</Session>'
)
FETCH = '<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/hostname">]><Session version="7002" sample-rate="1">&x;</Session>'


@pytest.mark.parametrize(("text", "match"), [
    (BOMB, "document type"), (FETCH, "document type"), (BOMB.encode("utf-16"), "document type"),
    ("", "damaged"), ("<Session", "damaged"), (SESSION[:2000], "damaged"), (b"\xff\xfe\0\0\xd8", "damaged"),
    ("<Project/>", "no Ardour session"), ('<Session version="2.0.0"/>', "before version 3"),
    ('<Session version="7002"/>', "sample-rate"), ('<Session version="7002" sample-rate="0"/>', "sample rate"),
    ('<Session version="x" sample-rate="1"/>', "damaged"), (SESSION.replace('npm="60"', 'npm="0"'), "tempo"),
    (SESSION.replace("a564480000@a282240000", "a56x@a1"), "damaged"), (SESSION.replace('id="31"', ""), "id"),
    ("<a>" * 5000 + "</a>" * 5000, "nested"),
    (SESSION.replace("sample-rate=", "sample-rate='9' sample-rate="), "damaged"),
])  # fmt: skip
def test_damaged_and_hostile_files_are_refused_in_one_line(tmp_path: Path, text: str | bytes, match: str) -> None:
    file = save(tmp_path, text)
    with pytest.raises(TimelineError, match=match) as caught:
        read_session(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TimelineError, match="cannot be read"):
        read_session(tmp_path / "gone.ardour")


def test_damaged_notes_are_told(tmp_path: Path) -> None:
    for text in ("{", "[]", '{"cues": 3, "captions": {}}', '{"cues": {"a": 1}, "captions": {}}', "[" * 100_000):
        (tmp_path / "cuefinder.json").write_text(text)
        with pytest.raises(TimelineError, match=r"cuefinder\.json: it is damaged"):
            read_notes(tmp_path)
