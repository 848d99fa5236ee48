"""Final Cut Pro's XML: connected clips, storylines and markers are read where they lie, and the rules are kept."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from opentimelineio.opentime import RationalTime

from host_bridge.files.fcpxml_times import time_of
from host_bridge.files.formats import read
from host_bridge.files.host import FileHost
from host_bridge.host import CueOptions
from host_bridge.timeline import facts, media_path, placed_clips, rate_of
from tests.host_bridge.conformance import marker, span, tone, write_wav
from tests.host_bridge.files.samples import NTSC, sample_file

FILM = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE fcpxml>
<fcpxml version="VERSION"><resources>
<format id="r1" name="FFVideoFormat1080p25" frameDuration="100/2500s"/>
<asset id="r2" name="shot" start="3600s" duration="20s" hasVideo="1" hasAudio="1" src="./shot%20a.mov"/>
<asset id="r3" name="voice" start="0s" duration="20s" hasAudio="1">
<media-rep kind="original-media" src="file:///v.wav"/></asset>
<effect id="r4" name="Basic Title" uid="x"/></resources>
<library><event><project name="Film"><sequence format="r1" tcStart="3600s" tcFormat="NDF" duration="12s"><spine>
<asset-clip ref="r2" offset="3600s" name="Dawn" start="3602s" duration="4s"><note>mine</note>
<adjust-volume amount="-3dB"/>
<asset-clip ref="r3" lane="-1" offset="3603s" name="Voice" start="1s" duration="2s"/>
<title ref="r4" lane="2" offset="3604s" name="Name" start="3600s" duration="1s"/>
<spine lane="1" offset="3603s"><asset-clip ref="r2" offset="0s" name="Second" start="3600s" duration="1s"/>
<gap offset="1s" duration="1s" start="0s"/>
<asset-clip ref="r2" offset="2s" name="Third" start="3610s" duration="1s"/></spine>
<marker start="3603s" duration="1/25s" value="look"/><filter-video ref="r4"/></asset-clip>
<transition offset="3603s" duration="2s" name="Dissolve"/>
<gap offset="3604s" name="Gap" start="3600s" duration="2s"/>
<audition offset="3606s"><asset-clip ref="r2" name="Chosen" start="3600s" duration="2s"/>
<asset-clip ref="r2" name="Other" start="3610s" duration="2s"/></audition>
</spine></sequence></project></event></library></fcpxml>"""


@pytest.fixture
def path(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "film.fcpxml"
    path.write_text(FILM.replace("VERSION", getattr(request, "param", "1.9")))
    return path


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "müsic & more.wav", tone(10))


def test_clips_lie_where_final_cut_shows_them(path: Path) -> None:
    timeline = read(path)
    found = [(p.timeline_track.name, p.clip.name, p.record.start_time.value / 25, p.record.duration.value / 25,
              p.clip.source_range.start_time.value / 25) for p in placed_clips(timeline)]  # fmt: skip
    assert found == [
        ("V1", "Dawn", 0, 4, 3602), ("V1", "Chosen", 6, 2, 3600), ("V2", "Second", 1, 1, 3600),
        ("V2", "Third", 3, 1, 3610), ("V3", "Name", 2, 1, 3600), ("A1", "Voice", 1, 2, 1),
    ]  # fmt: skip
    assert (rate_of(timeline), timeline.global_start_time) == (25, RationalTime(90_000, 25))
    assert media_path(placed_clips(timeline)[0].clip) == path.parent / "shot a.mov"
    assert [m.name for m in placed_clips(timeline)[0].clip.markers] == ["look"]
    assert not list(timeline.tracks.markers)


@pytest.mark.parametrize("path", ["1.8", "1.11"], indirect=True)
def test_a_cue_is_connected_to_what_lies_there(path: Path, music: Path) -> None:
    host = FileHost(path)
    options = CueOptions(name="Cue", fade_in=Fraction(1), fade_out=Fraction(1, 2), gain_db=-6.0)
    host.insert_cue(music, span(2, 3), RationalTime(50, 25), options)
    host.add_markers([marker("titles", 5)])
    host.annotate("V1:1", "warm")
    out = host.save()
    assert out.read_bytes().startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>')
    root = ET.parse(out).getroot()
    dawn = root.find(".//spine/asset-clip")
    # The order of the document type: note, adjustments, connected clips, markers, filters, metadata.
    assert [e.tag for e in dawn] == ["note", "adjust-volume", "asset-clip", "title", "spine", "asset-clip", "marker",
                                     "filter-video", "metadata"]  # fmt: skip
    cue = dawn[5]
    assert (cue.get("lane"), time_of(cue.get("offset")), time_of(cue.get("start"))) == ("-2", 3604, 2)
    assert cue.find("adjust-volume").get("amount") == "-6dB"
    fades = [(e.tag, time_of(e.get("duration"))) for e in cue.find("adjust-volume/param")]
    assert fades == [("fadeIn", 1), ("fadeOut", Fraction(12, 25))]
    asset = next(e for e in root.iter("asset") if e.get("id") == cue.get("ref"))
    assert (asset.get("src") or asset.find("media-rep").get("src")) == music.as_uri()
    assert (asset.get("src") is None) == (root.get("version") == "1.11")
    gap = root.find(".//spine/gap")
    assert [(e.tag, e.get("value"), time_of(e.get("start"))) for e in gap] == [("marker", "titles", 3601)]
    again = read(out)
    assert [(m.name, m.marked_range.start_time) for m in again.tracks.markers] == [("titles", RationalTime(125, 25))]
    assert facts(placed_clips(again)[0].clip)["caption"] == "warm"


def test_a_cue_beyond_the_end_gets_a_gap_to_hang_on(path: Path, music: Path) -> None:
    host = FileHost(path)
    host.insert_cue(music, span(0, 2), RationalTime(500, 25), CueOptions(name="Cue"))
    root = ET.parse(host.save()).getroot()
    gap = root.find(".//sequence/spine")[-1]
    assert (gap.tag, time_of(gap.get("offset")), time_of(gap.get("duration"))) == ("gap", 3608, 14)
    assert time_of(root.find(".//sequence").get("duration")) == 22


@pytest.mark.parametrize(
    ("rate", "drop_frame"), [(NTSC, True), (Fraction(24000, 1001), False), (Fraction(60000, 1001), False)]
)
def test_what_is_written_keeps_the_rules(tmp_path: Path, music: Path, rate: Fraction, drop_frame: bool) -> None:
    host = FileHost(sample_file(tmp_path / "film.fcpxml", rate, drop_frame))
    host.insert_cue(music, span(1.234, 2.5), RationalTime(1337, 1000), CueOptions(name='Cue "&" <1> 🎵'))
    host.add_markers([marker("here", 2.345)])
    root = ET.parse(host.save()).getroot()
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(set(ids)) == len(ids)
    assert {e.get("ref") for e in root.iter() if e.get("ref")} <= set(ids)
    for element in root.iter():
        for name in ("offset", "start", "duration", "tcStart", "frameDuration"):
            if element.tag != "asset" and (text := element.get(name)) is not None:
                assert (time_of(text) * rate).denominator == 1, (element.tag, name, text)
    assert root.find(".//format").get("frameDuration") == f"{rate.denominator}/{rate.numerator}s"
    assert root.find(".//sequence").get("tcFormat") == ("DF" if drop_frame else "NDF")
    spine = root.find(".//spine")
    assert all(e.get("lane") is None for e in spine)
    position = time_of(root.find(".//sequence").get("tcStart"))
    for element in spine:  # a storyline has no holes
        assert time_of(element.get("offset")) == position
        position += time_of(element.get("duration"))


@pytest.mark.parametrize(
    ("text", "seconds"), [("0s", 0), ("5s", 5), ("1001/30000s", Fraction(1001, 30000)), ("2.5s", Fraction(5, 2))]
)
def test_times(text: str, seconds: Fraction) -> None:
    assert time_of(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "1/0s", "x/ys", "99999999999s"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises((ValueError, ZeroDivisionError)):
        time_of(text)
