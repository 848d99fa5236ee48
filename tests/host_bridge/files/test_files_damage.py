"""Damaged, hostile and odd files are one clear line, never a crash or a hang."""

from __future__ import annotations

import logging
import random
import time
from pathlib import Path

import pytest
from opentimelineio.opentime import RationalTime

from host_bridge.errors import BridgeError, TimelineError
from host_bridge.files import formats
from host_bridge.files.host import FileHost
from host_bridge.host import Capability, CueOptions
from host_bridge.timeline import clip_id, placed_clips
from tests.host_bridge.conformance import marker, span, tone, write_wav
from tests.host_bridge.files.mutations import mutate
from tests.host_bridge.files.samples import SUFFIXES, sample_bytes, sample_file

CASES = {".aaf": 60}
XML = (".fcpxml", ".kdenlive", ".mlt", ".xml")
ROOTS = {".fcpxml": "fcpxml", ".kdenlive": "mlt", ".mlt": "mlt", ".xml": "xmeml"}


def refused(path: Path, match: str) -> None:
    with pytest.raises(TimelineError, match=match) as caught:
        FileHost(path)
    assert "\n" not in str(caught.value)
    assert str(path) in str(caught.value)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(("data", "match"), [
    (b"", "empty"), (b"  \n", "empty"), (bytes(range(256)) * 40, "damaged"), (b"\x00" * 5000, "damaged"),
    ("ein Brief, keine Spur 🎵".encode(), "damaged"), (b"PK\x03\x04" + b"x" * 99, "damaged"), (b"<", "damaged"),
])  # fmt: skip
def test_what_is_no_timeline_is_refused(tmp_path: Path, suffix: str, data: bytes, match: str) -> None:
    path = tmp_path / f"film{suffix}"
    path.write_bytes(data)
    refused(path, match)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_is_no_file(tmp_path: Path, suffix: str) -> None:
    refused(tmp_path / f"gone{suffix}", "no such file")
    (tmp_path / f"folder{suffix}").mkdir()
    refused(tmp_path / f"folder{suffix}", "it is a folder")


def test_a_wrong_suffix_names_the_right_ones(tmp_path: Path) -> None:
    path = tmp_path / "film.prproj"
    path.write_text("x")
    refused(path, r"timelines are read from \.otio, \.fcpxml")


def test_a_file_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "MAX_BYTES", 1000)
    refused(sample_file(tmp_path / "film.mlt"), "larger than")


@pytest.mark.parametrize("suffix", XML)
@pytest.mark.parametrize(("head", "match"), [
    ('<!DOCTYPE R [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>', "DOCTYPE"),
    ('<!DOCTYPE R SYSTEM "file:///etc/passwd">', "DOCTYPE"),
    ('<!DOCTYPE R PUBLIC "-//x//y" "http://127.0.0.1/x.dtd">', "DOCTYPE"),
])  # fmt: skip
def test_xml_that_reaches_out_is_refused(tmp_path: Path, suffix: str, head: str, match: str) -> None:
    path = tmp_path / f"film{suffix}"
    root = ROOTS[suffix]
    path.write_text(f'<?xml version="1.0"?>\n{head.replace("R", root, 1)}\n<{root}>&b;</{root}>')
    refused(path, match)


@pytest.mark.parametrize("suffix", XML)
def test_deep_xml_and_another_root(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film{suffix}"
    path.write_text(f"<{ROOTS[suffix]}>" + "<a>" * 100_000)
    refused(path, "nested too deeply")
    path.write_text("<html><body/></html>")
    refused(path, "it is <html>")


@pytest.mark.parametrize("change", [
    ('"media_references"', '"media references"'), ('"children": [', '"children": [null, '), ('"Clip.2"', '"Track.1"'),
    ('"Stack.1"', '"Clip.2"'), ('"active_media_reference_key": "DEFAULT_MEDIA"', '"active_media_reference_key": "x"'),
    ('"TimeRange.1"', '"RationalTime.1"'), ('"Track.1"', '"Marker.2"'), ('"Gap.1"', '"Gap"'),
    ('"rate": 29.9', '"r": 29.9'), ('"metadata": {', '"metadata": 5, "x": {'),
])  # fmt: skip
def test_parts_of_another_kind_do_not_reach_what_would_crash(tmp_path: Path, change: tuple[str, str]) -> None:
    path = tmp_path / "film.otio"
    path.write_text(sample_bytes(".otio").decode().replace(*change))
    refused(path, "damaged")


def test_a_key_that_is_there_twice_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "film.otio"
    path.write_text(sample_bytes(".otio").decode().replace('"children": [', '"children": [null], "children": ['))
    assert len(placed_clips(FileHost(path).timeline())) == 3


def test_deep_json(tmp_path: Path) -> None:
    path = tmp_path / "film.otio"
    path.write_text('{"a":' * 600 + "1" + "}" * 600)
    refused(path, "nested too deeply")
    path.write_text("[" * 200_000)
    refused(path, "damaged")


@pytest.mark.parametrize(("inside", "match"), [
    ('<playlist id="p"><entry producer="p"/></playlist>', "itself inside"),
    ('<tractor id="t"><track producer="t"/></tractor>', "nested too deeply|itself inside"),
    ('<playlist id="p"><entry producer="a" repeat="99999999"/></playlist>', "repeats"),
    ('<playlist id="p"><blank length="1e300"/></playlist>', "beyond all reason"),
    ('<playlist id="p"><entry producer="a" in="5" out="2"/></playlist>', "ends before it begins"),
    ('<playlist id="p"><entry producer="b"/></playlist>', "how long"),
    ('<profile frame_rate_num="25" frame_rate_den="0"/><playlist id="p"/>', "frame rate"),
    ("<producer/>", "no timeline in it"),
])  # fmt: skip
def test_mlt_that_has_no_end(tmp_path: Path, inside: str, match: str) -> None:
    path = tmp_path / "film.mlt"
    path.write_text(
        '<mlt><producer id="a"><property name="length">9</property></producer><producer id="b"/>' + inside + "</mlt>"
    )
    refused(path, match)


def test_mlt_that_grows_with_each_level_is_refused_at_once(tmp_path: Path) -> None:
    path, levels = tmp_path / "film.mlt", []
    for level in range(12):
        entries = f'<entry producer="{f"p{level - 1}" if level else "a"}"/>' * 10
        levels.append(f'<playlist id="p{level}">{entries}</playlist>')
    path.write_text(
        '<mlt><producer id="a"><property name="length">1</property></producer>' + "".join(levels) + "</mlt>"
    )
    begin = time.monotonic()
    refused(path, "more than 100000 clips")
    assert time.monotonic() - begin < 10


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_thousands_of_damaged_files_are_read_or_refused(
    tmp_path: Path, suffix: str, caplog: pytest.LogCaptureFixture
) -> None:
    path, whole, read = tmp_path / f"film{suffix}", sample_bytes(suffix), 0
    count = CASES.get(suffix, 600)
    with caplog.at_level(logging.DEBUG):
        for case in range(count):
            data = mutate(whole, suffix, random.Random(f"{suffix} {case}"))
            begin = time.monotonic()
            try:
                timeline = formats.open_document(path, data).timeline()
                assert len({clip_id(p.clip) for p in placed_clips(timeline)}) == len(placed_clips(timeline)), case
                read += 1
            except TimelineError as error:
                assert "\n" not in str(error), case
            assert time.monotonic() - begin < 20, case
    assert 0 < read < count or suffix == ".aaf"  # both happen, so the cases are neither too harmless nor too harmful
    assert not caplog.records
    assert not logging.getLogger().filters


@pytest.mark.parametrize("suffix", [s for s in SUFFIXES if s != ".aaf"])
def test_damaged_files_that_can_be_read_are_written_whole_or_not_at_all(tmp_path: Path, suffix: str) -> None:
    path, music, saved = tmp_path / f"film{suffix}", write_wav(tmp_path / "m.wav", tone(3)), 0
    for case in range(100):
        path.write_bytes(mutate(sample_bytes(suffix), suffix, random.Random(f"save {suffix} {case}")))
        try:
            host = FileHost(path)
            host.insert_cue(music, span(0, 2), RationalTime(1, 1), CueOptions(name="Cue"))
            if Capability.MARKERS in host.capabilities:
                host.add_markers([marker("here", 1.5)])
            host.save().unlink()
            saved += 1
        except BridgeError as error:
            assert "\n" not in str(error), case
        assert sorted(one.name for one in tmp_path.iterdir()) == sorted([path.name, music.name]), case
    assert saved
