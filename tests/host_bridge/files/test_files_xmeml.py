"""Final Cut Pro 7's XML: a stereo cue takes a pair of tracks, and comments of others stay."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from opentimelineio.opentime import RationalTime

from host_bridge.errors import TimelineError
from host_bridge.files.formats import read
from host_bridge.files.host import FileHost
from host_bridge.host import CueOptions
from host_bridge.timeline import facts, placed_clips
from tests.host_bridge.conformance import span, tone, write_wav
from tests.host_bridge.files.samples import NTSC, sample_file

RATE = "<rate><timebase>25</timebase><ntsc>FALSE</ntsc></rate>"


def item(number: int, start: int, end: int, more: str = "") -> str:
    return f"""<clipitem id="clipitem-{number}"><name>clip {number}</name>{RATE}<start>{start}</start><end>{end}</end>
        <in>0</in><out>{end - start}</out><file id="file-{number}"><name>f</name>
        <pathurl>file:///f{number}.wav</pathurl>{RATE}</file>{more}</clipitem>"""


FILM = f"""<?xml version="1.0"?><!DOCTYPE xmeml><xmeml version="4"><sequence id="s1"><name>Film</name>
<duration>100</duration>
{RATE}<timecode>{RATE}<string>01:00:00:00</string><frame>90000</frame><displayformat>NDF</displayformat></timecode>
<media><video><track>{item(1, 0, 100, "<comments><mastercomment1>by me</mastercomment1></comments>")}</track></video>
<audio><track>{item(2, 50, 100)}</track>
<track currentExplodedTrackIndex="0" totalExplodedTrackCount="2">{item(3, 0, 25)}{item(4, 75, 100)}
<enabled>TRUE</enabled></track>
<track currentExplodedTrackIndex="1" totalExplodedTrackCount="2">{item(5, 0, 25)}{item(6, 75, 100)}</track>
<track currentExplodedTrackIndex="0" totalExplodedTrackCount="2"><locked>TRUE</locked></track>
<track currentExplodedTrackIndex="1" totalExplodedTrackCount="2"><locked>TRUE</locked></track></audio></media>
</sequence></xmeml>"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "film.xml").write_text(FILM)
    return tmp_path / "film.xml"


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "music.wav", tone(3))


def test_of_a_stereo_pair_one_timeline_track_is_read(path: Path) -> None:
    timeline = read(path)
    found = [(p.timeline_track.name, p.clip.name, p.record.start_time.value) for p in placed_clips(timeline)]
    assert found == [("V1", "clip 1", 0), ("A1", "clip 2", 50), ("A2", "clip 3", 0), ("A2", "clip 4", 75)]
    assert timeline.global_start_time == RationalTime(90_000, 25)


def test_a_cue_takes_both_tracks_of_a_pair(path: Path, music: Path) -> None:
    host = FileHost(path)
    placed = host.insert_cue(music, span(0.4, 2), RationalTime(25, 25), CueOptions(name="Cue"))
    assert (placed.timeline_track, placed.created) == ("A2", False)
    out = host.save()
    tracks = ET.parse(out).getroot().findall(".//audio/track")
    for channel, track in enumerate(tracks[1:3], 1):
        names = [e.findtext("name") for e in track.findall("clipitem")]
        assert names[1] == "Cue"
        cue = track.findall("clipitem")[1]
        assert [cue.findtext(tag) for tag in ("start", "end", "in", "out")] == ["25", "75", "10", "60"]
        assert cue.findtext("sourcetrack/trackindex") == str(channel)
        links = [(e.findtext("trackindex"), e.findtext("clipindex")) for e in cue.findall("link")]
        assert links == [("2", "2"), ("3", "2")]
    first, second = (track.findall("clipitem")[1] for track in tracks[1:3])
    assert first.find("file").get("id") == second.find("file").get("id")
    assert len(second.find("file")) == 0
    assert out.read_text().startswith('<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>')


def test_where_no_pair_has_room_a_new_one_is_made(path: Path, music: Path) -> None:
    host = FileHost(path)
    placed = host.insert_cue(music, span(0, 2), RationalTime(10, 25), CueOptions(name="Cue", timeline_track="A1"))
    assert (placed.timeline_track, placed.created) == ("A4", True)
    tracks = ET.parse(host.save()).getroot().findall(".//audio/track")
    assert [len(t.findall("clipitem")) for t in tracks] == [1, 2, 2, 0, 0, 1, 1]


def test_a_caption_leaves_the_comments_of_others(path: Path) -> None:
    host = FileHost(path)
    host.annotate("V1:1", "warm")
    out = host.save()
    found = [(e.tag, e.text) for e in ET.parse(out).getroot().find(".//clipitem/comments")]
    assert found == [("mastercomment1", "by me"), ("mastercomment2", "Cuefinder caption: warm")]
    again = FileHost(out)
    again.annotate("V1:1", "cold")
    assert facts(placed_clips(read(again.save()))[0].clip)["caption"] == "cold"


def test_a_clip_without_room_for_a_caption(path: Path) -> None:
    names = [f"mastercomment{i}" for i in range(1, 5)] + ["clipcommenta", "clipcommentb"]
    full = "<comments>" + "".join(f"<{name}>x</{name}>" for name in names) + "</comments>"
    path.write_text(FILM.replace("<comments><mastercomment1>by me</mastercomment1></comments>", full))
    host = FileHost(path)
    host.annotate("V1:1", "warm")
    with pytest.raises(TimelineError, match="all comments of the clip are taken"):
        host.save()


def test_several_sequences_are_refused(path: Path) -> None:
    path.write_text('<xmeml version="4"><sequence id="a"/><sequence id="b"/></xmeml>')
    with pytest.raises(TimelineError, match="2 sequences; export the one"):
        read(path)


def test_frames_of_ntsc_rates(tmp_path: Path) -> None:
    root = ET.parse(sample_file(tmp_path / "film.xml", NTSC, True)).getroot()
    assert [e.text for e in root.find("sequence/rate")] == ["30", "TRUE"]
    assert root.findtext("sequence/timecode/string") == "01:00:00;00"
