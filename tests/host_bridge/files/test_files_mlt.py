"""MLT XML as melt, Shotcut write it: read exactly, and changed only where something was added."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from opentimelineio.opentime import RationalTime

from host_bridge.errors import TimelineError
from host_bridge.files.formats import read
from host_bridge.files.host import FileHost
from host_bridge.files.media import media_of
from host_bridge.files.mlt_times import frames
from host_bridge.host import CueOptions
from host_bridge.timeline import cues, placed_clips, rate_of
from tests.host_bridge.conformance import span, tone, write_wav

PRODUCERS = """<profile frame_rate_num="25" frame_rate_den="1"/>
<producer id="a" in="0" out="499"><property name="length">500</property>
<property name="resource">a.mp4</property></producer>
<chain id="b" out="00:00:09.960"><property name="length">250</property><property name="resource">/films/b.wav</property>
</chain><producer id="black"><property name="length">2147483647</property><property name="resource">black</property>
<property name="mlt_service">color</property></producer>"""


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "music.wav", tone(10))


def file(tmp_path: Path, text: str, name: str = "film.mlt") -> Path:
    (tmp_path / name).write_text(text)
    return tmp_path / name


def rows(path: Path) -> list[tuple[str, str, float, float, float]]:
    return [(p.timeline_track.name, p.clip.name, p.record.start_time.value, p.record.duration.value,
             p.clip.source_range.start_time.value) for p in placed_clips(read(path))]  # fmt: skip


@pytest.mark.parametrize(("text", "rate", "expected"), [
    ("75", 25, 75), ("75.0", 25, 75), ("00:00:03.000", 25, 75), ("00:00:03,000", 25, 75), ("00:01:00.040", 25, 1501),
    ("00:00:03:01", 25, 76), ("00:10:00;00", Fraction(30000, 1001), 17_982), (":3.0", 25, None), ("", 25, None),
    ("01:00:00.000", Fraction(24000, 1001), 86_314), ("00:00:00.033", Fraction(30000, 1001), 1),
])  # fmt: skip
def test_times_in_all_of_their_forms(text: str, rate: Fraction, expected: int | None) -> None:
    if text == ":3.0":
        with pytest.raises(ValueError, match="no time"):
            frames(text, Fraction(rate))
    else:
        assert frames(text, Fraction(rate)) == expected


def test_a_shotcut_file_with_a_transition_and_markers(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        f"""<mlt>{PRODUCERS}
        <playlist id="background"><entry producer="black" in="0" out="0"/></playlist>
        <tractor id="cross" in="0" out="9"><property name="shotcut:transition">lumaMix</property>
        <track producer="a" in="90" out="99"/><track producer="a" in="200" out="209"/></tractor>
        <playlist id="v"><property name="shotcut:video">1</property><property name="shotcut:name">V1</property>
        <entry producer="a" in="00:00:00.000" out="00:00:03.560"/><entry producer="cross"/>
        <entry producer="a" in="210" out="219"/></playlist>
        <playlist id="s"><property name="shotcut:audio">1</property><blank length="00:00:01.000"/>
        <entry producer="b" in="5" out="14"/></playlist>
        <tractor id="main"><property name="shotcut">1</property><properties name="shotcut:markers"><properties name="0">
        <property name="text">here</property><property name="start">00:00:02.000</property>
        <property name="end">00:00:02.000</property></properties></properties>
        <track producer="background"/><track producer="v"/><track producer="s" hide="video"/></tractor></mlt>""",
    )
    assert rows(path) == [
        ("V1", "a.mp4", 0, 90, 0), ("V1", "a.mp4", 90, 10, 90), ("V1", "a.mp4", 90, 10, 200),
        ("V1", "a.mp4", 100, 10, 210),
        ("A1", "b.wav", 25, 10, 5),
    ]  # fmt: skip
    (found,) = list(read(path).tracks.markers)
    assert (found.name, found.marked_range.start_time.value) == ("here", 50)
    assert rate_of(read(path)) == 25


def test_one_playlist_is_read_but_takes_no_cue(tmp_path: Path, music: Path) -> None:
    path = file(
        tmp_path, f'<mlt>{PRODUCERS}<playlist id="p"><entry producer="a" repeat="2" in="0" out="9"/></playlist></mlt>'
    )
    assert rows(path) == [("V1", "a.mp4", 0, 10, 0), ("V1", "a.mp4", 10, 10, 0)]
    host = FileHost(path)
    host.insert_cue(music, span(0, 1), RationalTime(0, 25), CueOptions())
    with pytest.raises(TimelineError, match="one single playlist"):
        host.save()


def test_a_cue_goes_over_several_blanks(tmp_path: Path, music: Path) -> None:
    path = file(tmp_path, f"""<mlt>{PRODUCERS}<playlist id="s"><property name="shotcut:audio">1</property>
        <blank length="10"/><blank length="10"/><blank length="10"/><entry producer="b" in="0" out="9"/></playlist>
        <tractor id="m"><track producer="s"/></tractor></mlt>""")  # fmt: skip
    host = FileHost(path)
    placed = host.insert_cue(music, span(0, 0.8), RationalTime(5, 25), CueOptions(name="Cue"))
    assert placed.timeline_track == "A1"
    out = host.save()
    assert rows(out) == [("A1", "Cue", 5, 20, 0), ("A1", "b.wav", 30, 10, 0)]
    steps = [(e.tag, e.get("length")) for e in ET.parse(out).getroot().find("playlist") if e.tag in ("blank", "entry")]
    assert steps == [("blank", "5"), ("entry", None), ("blank", "5"), ("entry", None)]


def test_a_project_saved_elsewhere_still_finds_its_media(tmp_path: Path, music: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x")
    (tmp_path / "else where").mkdir()
    path = file(tmp_path, f"""<mlt>{PRODUCERS}<playlist id="p"><entry producer="a" in="0" out="9"/></playlist>
        <tractor id="m"><track producer="p"/></tractor></mlt>""")  # fmt: skip
    host = FileHost(path)
    host.insert_cue(music, span(0, 1), RationalTime(0, 25), CueOptions())
    out = host.save(tmp_path / "else where" / "film 2.mlt")
    assert [one.path for one in media_of(read(out))] == [tmp_path / "a.mp4", music]


def test_a_name_that_is_not_utf_8_is_one_line(tmp_path: Path) -> None:
    import os

    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/m\xff.wav"))
    try:
        write_wav(odd, tone(1))
    except OSError:
        pytest.skip("this file system has only UTF-8 names")
    path = file(tmp_path, f'<mlt>{PRODUCERS}<playlist id="p"/><tractor id="m"><track producer="p"/></tractor></mlt>')
    host = FileHost(path)
    host.insert_cue(odd, span(0, 1), RationalTime(0, 25), CueOptions(name="odd"))
    with pytest.raises(TimelineError, match="not UTF-8") as caught:
        host.save()
    str(caught.value).encode()
    assert cues(host.timeline())
