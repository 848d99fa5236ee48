"""REAPER's project files: read, edited, written, and hurt."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from conformance import HostConformance, Project, marker, place, span, tone, write_wav

from host_bridge.errors import TimelineError
from host_bridge.host import TrackEdit
from host_bridge.reaper.rpp_file import RppDocument
from host_bridge.reaper.rpp_host import RppHost, open_project
from host_bridge.reaper.rpp_lines import parse, quoted, words_of, write
from host_bridge.timeline import cues, facts, media_path, placed_clips, rate_of
from host_bridge.times import seconds

REALISTIC = Path(__file__).with_name("realistic.rpp")
PIECES = [b"<", b">", b"\n>\n", b'"', b"\x00", b"\xff", b"-", b"e9", b"nan", b"\n<ITEM\n"]
TEXT = REALISTIC.read_text(encoding="utf-8")


@pytest.fixture
def project_file(tmp_path: Path) -> Path:
    return Path(shutil.copy(REALISTIC, tmp_path / "Fïlm.rpp"))


@pytest.fixture
def music(tmp_path: Path) -> Path:
    return write_wav(tmp_path / "guitar.wav", tone(8))


class TestRppHost(HostConformance):
    @pytest.fixture
    def project(self, project_file: Path) -> Project:
        clips = [("shot 1.mov", Fraction(0), Fraction(10)), ("second take", Fraction(1, 2), Fraction(4)),
                 ("talk.wav", Fraction(3), Fraction(4)), ("midi", Fraction(20), Fraction(2))]  # fmt: skip
        return Project(RppHost(project_file), clips, media=False)


def test_takes_sections_media_and_states_are_read(project_file: Path) -> None:
    timeline = RppDocument(project_file.read_bytes(), project_file).timeline()
    found = {p.clip.name: p for p in placed_clips(timeline)}
    assert media_path(found["shot 1.mov"].clip) == project_file.parent / "footage" / "shot 1.mov"
    assert media_path(found["second take"].clip) == project_file.parent / "audio" / 'it\'s "here".flac'
    assert seconds(found["second take"].clip.source_range.start_time) == Fraction(17, 4)
    assert media_path(found["midi"].clip) is None
    assert not found["talk.wav"].clip.enabled
    assert facts(found["shot 1.mov"].clip)["selected"] is True
    assert found["shot 1.mov"].timeline_track.kind == "Video"
    assert facts(found["shot 1.mov"].timeline_track)["colour"] == "#111e33"
    assert rate_of(timeline) == 48_000
    assert seconds(timeline.global_start_time) == 3600
    assert [(m.name, seconds(m.marked_range.start_time), seconds(m.marked_range.duration))
            for m in timeline.tracks.markers] == [("boom", Fraction(9, 2), 0), ('the "big" scene', 5, 3),
                                                  ("both \"kinds\" of 'quotes'", Fraction(37, 4), 0)]  # fmt: skip


@pytest.mark.parametrize("change", [
    lambda t: t, lambda t: t.replace("\n", "\r\n"), lambda t: t.rstrip("\n"), lambda t: t + "\n\n",
    lambda t: "\ufeff" + t,
    lambda t: t.replace("Täl k", "Täl\u2028k\x0b\x85"), lambda t: t.replace("first", "fi\udcffrst"),
])  # fmt: skip
def test_what_is_not_touched_is_written_as_it_was(change: Callable[[str], str]) -> None:
    text = change(TEXT)
    assert write(parse(text)) == text
    data = text.encode("utf-8", "surrogateescape")
    document = RppDocument(data, REALISTIC)
    assert document.dump(REALISTIC.parent) == data


def test_an_edited_project_differs_in_the_edits_alone(project_file: Path, music: Path) -> None:
    host = RppHost(project_file)
    place(host, music, fade_in=Fraction(1, 2), fade_out=Fraction(1), gain_db=-6.0, title='It\'s "a" `title`', key="k")
    host.add_markers([marker("here", 1), marker("scene", 2, 3)])
    host.annotate("{BBBBBBBB-0000-4000-8000-000000000002}", "rain")
    host.edit_tracks([TrackEdit("{AAAAAAAA-0000-4000-8000-000000000001}", name="Picture", colour="#336699")])
    out = host.save()
    assert out.name == "Fïlm.cuefinder.rpp"
    assert project_file.read_text(encoding="utf-8") == TEXT
    before, after = TEXT.splitlines(), out.read_text(encoding="utf-8").splitlines()
    gone = [line for line in before if line not in after]
    assert gone == ["    NAME Video", "    PEAKCOL 20127249"]
    left = iter(after)
    assert all(line in left for line in before if line not in gone)  # in the same order
    assert "      FADEIN 1 0.5 0 1 0 0 0" in after
    assert "      VOLPAN 0.50118723362727 0 1 -1" in after
    assert "      SOFFS 2" in after
    again = RppHost(out)
    assert again.version == "7.22/linux-x86_64"
    document = open_project(out, out.read_bytes())
    volume = document.volume(facts(cues(document.timeline())[0].clip)["id"])
    assert (volume.gain_db, volume.fade_in, volume.fade_out) == (-6.0, 24_000, 48_000)
    cue = cues(again.timeline())[0]
    assert facts(cue.clip)["cue"]["title"] == 'It\'s "a" `title`'
    assert cue.timeline_track.name == "in it"  # not a folder, an instrument, or one with pictures
    assert place(again, music, key="k").already


def test_another_reader_reads_what_we_write(project_file: Path, music: Path) -> None:
    rpp = pytest.importorskip("rpp", reason="the package rpp is not installed")
    host = RppHost(project_file)
    place(host, music, at=2.25)
    found = rpp.loads(host.save().read_text(encoding="utf-8").replace("\n\n", "\n"))  # it knows no empty lines
    items = found.findall(".//ITEM")
    assert len(items) == 5
    ours = next(i for i in items if ["NAME", "Our cue"] in i.children)
    assert ["POSITION", "2.25"] in ours.children
    assert ours.find("SOURCE").attrib == ["WAVE"]
    assert ours.find("SOURCE").find("FILE") == ["FILE", str(music)]


def test_media_paths_stay_right_in_another_folder(project_file: Path, music: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    host = RppHost(project_file)
    place(host, music)
    out = host.save(elsewhere / "x.rpp")
    media = {media_path(p.clip) for p in placed_clips(RppHost(out).timeline())}
    assert media == {media_path(p.clip) for p in placed_clips(host.timeline())}


def test_a_windows_path_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "w.rpp"
    path.write_text(TEXT.replace("/elsewhere/first.wav", "x").replace('"audio/talk.wav"', '"D:\\Müsic\\talk.wav"'))
    host = RppHost(path)
    found = next(p for p in placed_clips(host.timeline()) if p.clip.name == "talk.wav")
    assert found.clip.media_reference.target_url == "file:///D:/M%C3%BCsic/talk.wav"
    host.annotate(facts(found.clip)["id"], "x")
    (tmp_path / "in").mkdir()
    assert '"D:\\Müsic\\talk.wav"' in host.save(tmp_path / "in" / "w.rpp").read_text()


@pytest.mark.parametrize(("text", "words"), [
    ("NAME a b", ["NAME", "a", "b"]), ('  NAME "a b" \'c "d"\' `e`', ["NAME", "a b", 'c "d"', "e"]), ("", []),
    ('NAME ""', ["NAME", ""]), ('NAME "open', ["NAME", "open"]), ("A\tB", ["A", "B"]),
    ("NAME \u2028x", ["NAME", "\u2028x"]),
])  # fmt: skip
def test_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize("text", ["plain", "two words", 'a "b"', "it's", "a `b` 'c'", 'a `b` "c"', "", "line\nend"])
def test_quoted_words_come_back(text: str) -> None:
    assert words_of("NAME " + quoted(text)) == ["NAME", text.replace("\n", " ")]


def test_a_text_with_all_quotes_loses_one_kind() -> None:
    assert words_of("NAME " + quoted("\"'`")) == ["NAME", "\"''"]


@pytest.mark.parametrize(("text", "match"), [
    ("<REAPER_PROJECT 0.1\n", "not closed"), (">\n", "never opened"), ("hello\n", "no REAPER project"),
    (TEXT.replace("POSITION 0.5", "POSITION nan"), "no number"),
    (TEXT.replace("POSITION 0.5", "POSITION -1"), "before"),
    (TEXT.replace("LENGTH 10", "LENGTH 1e300"), "no number"),
    ("<REAPER_PROJECT\n" + "<A\n" * 200, "inside of each other"),
])  # fmt: skip
def test_damage_is_one_line(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "bad.rpp"
    path.write_text(text)
    with pytest.raises(TimelineError, match=match) as caught:
        RppHost(path)
    assert "\n" not in str(caught.value)


def test_mutated_projects_are_read_or_refused(tmp_path: Path, music: Path) -> None:
    chance, original, path = random.Random(8), REALISTIC.read_bytes(), tmp_path / "mutated.rpp"
    refused = 0
    for number in range(3000):
        data = bytearray(original)
        for _ in range(chance.randrange(1, 8)):
            at = chance.randrange(len(data))
            kind = chance.randrange(5)
            if kind == 0:
                data[at] = chance.randrange(256)
            elif kind == 1:
                del data[at : at + chance.randrange(1, 60)]
            elif kind == 2:
                data[at:at] = chance.choice(
                    [b"<", b">", b"\n>\n", b'"', b"\x00", b"\xff", b"-", b"e9", b"nan", b"\n<ITEM\n"]
                )
            elif kind == 3:
                other = chance.randrange(len(data))
                data[at:at] = data[other : other + chance.randrange(200)]
            else:
                del data[at:]
                data = data or bytearray(b"<")
        try:
            document = open_project(path, bytes(data))
            path.write_bytes(document.dump(tmp_path))
            host = RppHost(path)
            if number % 10 == 0:
                place(host, music)
                host.save().unlink()
        except TimelineError:
            refused += 1
    assert 300 < refused < 2900


def test_a_large_project_is_read_in_time(tmp_path: Path) -> None:
    import time

    item = TEXT[TEXT.index("    <ITEM") : TEXT.index("  >\n  <TRACK {AAAAAAAA-0000-4000-8000-000000000002}")]
    many = "".join(
        item.replace("POSITION 0\n", f"POSITION {20 * i}\n").replace("{BBBBBBBB-0000", f"{{{i:08X}-0000")
        for i in range(3000)
    )
    began = time.monotonic()
    timeline = RppDocument(TEXT.replace(item, many).encode(), tmp_path / "x.rpp").timeline()
    assert len(placed_clips(timeline)) == 3003
    assert time.monotonic() - began < 20


def test_a_segment_begins_at_its_exact_sample(project_file: Path, music: Path) -> None:
    host = RppHost(project_file)
    place(host, music, segment=span(1.2345, 2, 10_000))
    found = cues(RppHost(host.save()).timeline())[0]
    assert seconds(found.clip.source_range.start_time) == Fraction(12345, 10000)
