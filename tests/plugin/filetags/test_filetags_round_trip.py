"""Every format: tags go in, the sound stays, and undo gives the very bytes back."""

from __future__ import annotations

import os
from pathlib import Path

import mutagen
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mutagen.flac import Picture
from mutagen.id3 import APIC, COMM, ID3, TIT2, TPE1, TRCK
from tagged_files import SUFFIXES, chunks, make_file, riff, sha, sound

from plugin.decode import read_audio
from plugin.filetags import plan, read_tags, undo, wanted_fields, write
from plugin.filetags.delta import make_recipe
from plugin.library.records import TagScore

WANTED = {
    "genre": ("Folk", "World"), "mood": ("Calm",), "bpm": ("92",), "key": ("F#m",), "comment": ("Ein ruhiges Stück.",),
    "instrument": ("acoustic guitar", "flute"), "vocal": ("female vocals",), "role": ("lead",),
    "caption": ("Ein ruhiges Stück.",),
}  # fmt: skip


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_tags_go_in_the_sound_stays_and_undo_is_exact(tmp_path: Path, suffix: str) -> None:
    path = make_file(tmp_path / f"a{suffix}")
    os.utime(path, ns=(1_600_000_000_123_456_789, 1_600_000_001_987_654_321))
    path.chmod(0o640)
    before, heard, status = sha(path), read_audio(path, 48000), path.stat()
    change = plan(path, WANTED)
    assert sha(path) == before, "a plan writes nothing"
    assert {field.field: field.after for field in change.fields} == WANTED
    report = write([change], tmp_path / "journal")
    assert (report.problems, report.written) == ([], [(path, path)])
    assert read_tags(path) == WANTED
    assert np.array_equal(read_audio(path, 48000), heard)
    assert sha(path) != before
    assert path.stat().st_mtime_ns == status.st_mtime_ns
    assert path.stat().st_mode == status.st_mode
    taken_back = undo(tmp_path / "journal")
    assert (taken_back.problems, taken_back.restored) == ([], [(path, path)])
    assert sha(path) == before
    assert path.stat().st_mtime_ns == status.st_mtime_ns
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [f"a{suffix}", "journal"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_second_go_changes_nothing(tmp_path: Path, suffix: str) -> None:
    path = make_file(tmp_path / f"a{suffix}")
    write([plan(path, WANTED)], tmp_path / "journal")
    after = sha(path)
    change = plan(path, WANTED)
    assert change.is_empty
    assert write([change], tmp_path / "journal").journal is None
    assert sha(path) == after


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_very_long_tags_move_pages_and_offsets_and_undo_is_still_exact(tmp_path: Path, suffix: str) -> None:
    path = make_file(tmp_path / f"a{suffix}", 8.0)
    before, heard = sha(path), read_audio(path, 48000)
    long = {"comment": ("word " * 40_000,)}
    assert write([plan(path, long)], tmp_path / "journal").problems == []
    assert read_tags(path) == long
    assert np.array_equal(read_audio(path, 48000), heard)
    assert undo(tmp_path / "journal").problems == []
    assert sha(path) == before


def test_the_journal_of_a_long_file_is_small(tmp_path: Path) -> None:
    for suffix in (".ogg", ".m4a", ".wav"):
        path = make_file(tmp_path / f"a{suffix}", 20.0)
        report = write([plan(path, {"comment": ("x" * 70_000,)})], tmp_path / suffix)
        journal = tmp_path / suffix / f"{report.journal}.jsonl"
        assert journal.stat().st_size < 0.05 * path.stat().st_size


def test_covers_and_foreign_tags_stay(tmp_path: Path) -> None:
    path = make_file(tmp_path / "a.mp3")
    tags = ID3()
    picture = bytes(range(256)) * 40
    for frame in (TIT2(3, ["Mine"]), TPE1(3, ["Me"]), TRCK(3, ["3/9"]), APIC(3, "image/png", 3, "", picture),
                  COMM(3, "eng", "iTunNORM", [" 0000"])):  # fmt: skip
        tags.add(frame)
    tags.save(path, v2_version=3)
    before = sha(path)
    assert write([plan(path, WANTED)], tmp_path / "journal").problems == []
    found = ID3(path)
    assert found.version == (2, 4, 0)
    assert (found["TIT2"].text, found["TRCK"].text, found.getall("APIC")[0].data) == (["Mine"], ["3/9"], picture)
    assert found["COMM:iTunNORM:eng"].text == [" 0000"]
    undo(tmp_path / "journal")
    assert sha(path) == before


def test_a_flac_keeps_its_picture(tmp_path: Path) -> None:
    path = make_file(tmp_path / "a.flac")
    file = mutagen.File(path)
    picture = Picture()
    picture.data, picture.mime = b"\x89PNG" * 900, "image/png"
    file.add_picture(picture)
    file["ARTIST"] = ["Me"]
    file.save()
    before = sha(path)
    assert write([plan(path, WANTED)], tmp_path / "journal").problems == []
    found = mutagen.File(path)
    assert (found.pictures[0].data, found["artist"]) == (picture.data, ["Me"])
    undo(tmp_path / "journal")
    assert sha(path) == before


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_the_user_has_filled_stays_unless_told(tmp_path: Path, suffix: str) -> None:
    path = make_file(tmp_path / f"a{suffix}")
    write([plan(path, {"genre": ("My own",), "role": ("bass",)})], tmp_path / "journal")
    change = plan(path, WANTED)
    assert [field.field for field in change.kept] == ["genre"]
    assert "role" in [field.field for field in change.fields], "our own field is no choice of the user's"
    write([change], tmp_path / "journal")
    assert read_tags(path)["genre"] == ("My own",)
    write([plan(path, WANTED, overwrite=True)], tmp_path / "journal")
    assert read_tags(path) == WANTED


def test_other_names_of_a_field_count_as_filled(tmp_path: Path) -> None:
    path = make_file(tmp_path / "a.flac")
    file = mutagen.File(path)
    file["DESCRIPTION"], file["KEY"] = ["Mine"], ["A minor"]
    file.save()
    assert {field.field for field in plan(path, WANTED).kept} == {"comment", "key"}


def test_broadcast_wave_keeps_bext_and_ixml_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    bext, ixml = b"Take 4".ljust(602, b"\0"), b"<BWFXML><SCENE>7</SCENE></BWFXML>"
    fmt = (1).to_bytes(2, "little") + (1).to_bytes(2, "little") + (8000).to_bytes(4, "little") * 2
    fmt += (1).to_bytes(2, "little") + (8).to_bytes(2, "little")
    data = bytes(np.random.default_rng(0).integers(0, 255, 8001, dtype=np.uint8))  # odd, so it is padded
    path.write_bytes(riff((b"fmt ", fmt), (b"bext", bext), (b"iXML", ixml), (b"data", data), (b"LIST", b"INFO")))
    before = chunks(path)
    digest = sha(path)
    change = plan(path, WANTED)
    assert change.notes == (
        "its broadcast description (bext) stays as it is; the tags go into an ID3 chunk",
        "its iXML stays as it is; the tags go into an ID3 chunk",
    )
    assert write([change], tmp_path / "journal").problems == []
    after = chunks(path)
    assert {key: after[key] for key in before} == before
    assert set(after) - set(before) == {b"id3 "}
    undo(tmp_path / "journal")
    assert sha(path) == digest


@settings(max_examples=60, deadline=None)
@given(
    st.binary(min_size=1, max_size=2000),
    st.lists(st.tuples(st.integers(0, 2000), st.integers(0, 300), st.binary(max_size=300)), max_size=4),
)
def test_any_file_is_made_again_from_any_edit_of_it(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, edits: list[tuple[int, int, bytes]]
) -> None:
    folder = tmp_path_factory.mktemp("delta")
    new = data
    for at, gone, added in edits:
        new = new[:at] + added + new[at + gone :]
    (folder / "old").write_bytes(data)
    (folder / "new").write_bytes(new or b"\0")
    with (folder / "again").open("wb") as out:
        digest = make_recipe(folder / "old", folder / "new").restore(folder / "new", out)
    assert (folder / "again").read_bytes() == data
    assert digest == sha(folder / "old")


def test_wanted_fields_are_written_as_others_read_them() -> None:
    tags = [
        TagScore(name, group, 0.9)
        for name, group in (
            ("hip hop", "genre"),
            ("lo-fi", "genre"),
            ("jazz", "genre"),
            ("calm", "mood"),
            ("piano", "instrument"),
        )
    ]
    found = wanted_fields(tags, tempo=119.6, key="Eb minor", caption="A piano.")
    assert found == {"genre": ("Hip Hop", "Lo-Fi"), "mood": ("Calm",), "bpm": ("120",), "key": ("Ebm",),
                     "comment": ("A piano.",), "instrument": ("piano",), "caption": ("A piano.",)}  # fmt: skip
    assert wanted_fields([], key="C major") == {"key": ("C",)}


def test_the_sound_used_here_is_sound() -> None:
    assert float(np.abs(sound()).max()) > 0.1
