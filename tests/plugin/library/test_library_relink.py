"""Folders that moved as a whole keep their tracks, with ids, tags and marks."""

from __future__ import annotations

import os
import shutil
from pathlib import Path, PureWindowsPath

import pytest
from fakes import tone, write_wav

import plugin.library.relink as relink_module
from plugin.errors import InputError
from plugin.library.check import check
from plugin.library.indexing import IndexRun
from plugin.library.marks import set_marks
from plugin.library.records import Track
from plugin.library.relink import plan_relink, relink
from plugin.library.roots import add_root, roots
from plugin.library.store import Library
from plugin.library.tracks import all_tracks
from plugin.library.writer import FileChange, update_files

pytestmark = pytest.mark.usefixtures("inline_decoding")


@pytest.fixture
def path(tmp_path: Path, music: Path, engine) -> Path:
    path = tmp_path / "library.db"
    with Library(path, writable=True) as library:
        add_root(path, music)
        IndexRun(library, engine).run([music])
    for track in tracks(path).values():
        set_marks(path, track.id, rating=len(track.name), favourite=track.name == "low")
    return path


def tracks(path: Path) -> dict[str, Track]:
    with Library(path) as library:
        return {track.name: track for track in all_tracks(library)}


def facts(path: Path) -> dict[str, tuple[object, ...]]:
    """What must not change."""
    return {
        name: (track.id, track.rating, track.favourite, track.caption, track.tags, track.content_hash, track.status)
        for name, track in tracks(path).items()
    }


def move(path: Path, old: Path, new: Path, **options: bool) -> list[tuple[Path, str]]:
    with Library(path, writable=True) as library:
        report = plan_relink(library, old, new, **options)
        relink(library, report)
    return report.problems


def test_a_moved_folder_keeps_its_tracks_and_is_not_heard_again(path: Path, music: Path, engine) -> None:
    before = facts(path)
    new = Path(shutil.move(music, music.with_name("drive")))
    with Library(path, writable=True) as library:
        report = plan_relink(library, music, new)
        assert tracks(path)["low"].path == music / "low.wav"  # only planned
        relink(library, report)
        assert (len(report.found), report.compared, report.problems) == (3, 3, [])
        run = IndexRun(library, engine).run([new])
    assert (run.unchanged, run.indexed, run.missing) == (3, 0, 0)
    assert facts(path) == before
    assert [root.path for root in roots(path)] == [new]
    assert check(path) == []


def test_missing_tracks_are_back(path: Path, music: Path) -> None:
    before = facts(path)
    with Library(path, writable=True) as library:
        update_files(library, [], [track.id for track in tracks(path).values()])
    assert move(path, music, Path(shutil.move(music, music.with_name("drive")))) == []
    assert facts(path) == before


def test_what_does_not_match_stays_and_is_said(path: Path, music: Path) -> None:
    before = facts(path)
    new = Path(shutil.copytree(music, music.with_name("drive")))
    (new / "low.wav").unlink()
    write_wav(new / "mid.wav", tone(500, 25))  # of the same size
    write_wav(new / "sub" / "high.wav", tone(4000, 5))
    problems = dict(move(path, music, new))
    assert "there is no" in problems[music / "low.wav"]
    assert "another file of the same size" in problems[music / "mid.wav"]
    assert "another size" in problems[music / "sub" / "high.wav"]
    assert facts(path) == before
    assert all(track.path.is_relative_to(music) for track in tracks(path).values())


def test_a_sample_that_differs_leads_to_all_being_compared(path: Path, music: Path, monkeypatch, engine) -> None:
    monkeypatch.setattr(relink_module, "SAMPLE", 1)
    new = Path(shutil.copytree(music, music.with_name("drive")))
    with Library(path) as library:
        assert plan_relink(library, music, new).compared == 1
        assert plan_relink(library, music, new, every=True).compared == 3
        first = plan_relink(library, music, new).found[0].path
        data = bytearray(first.read_bytes())
        data[-900:] = bytes(900)
        first.write_bytes(data)
        report = plan_relink(library, music, new)
    assert (report.compared, len(report.found), len(report.problems)) == (3, 2, 1)


def test_a_file_that_is_in_the_library_at_the_new_place_is_not_doubled(path: Path, music: Path, engine) -> None:
    new = Path(shutil.copytree(music, music.with_name("drive")))
    with Library(path, writable=True) as library:
        IndexRun(library, engine).run([new / "low.wav"])
    problems = dict(move(path, music, new))
    assert list(problems) == [music / "low.wav"]
    assert "is in the library already, as track 4" in problems[music / "low.wav"]
    with Library(path) as library:
        assert sorted(track.path.relative_to(music.parent).as_posix() for track in all_tracks(library)) == [
            "drive/low.wav", "drive/mid.wav", "drive/sub/high.wav", "music/low.wav"
        ]  # fmt: skip


def test_a_folder_may_move_into_itself_and_out_again(path: Path, music: Path) -> None:
    before = facts(path)
    aside = Path(shutil.move(music, music.with_name("aside")))
    music.mkdir()
    inner = Path(shutil.move(aside, music / "music"))
    shutil.copytree(inner / "sub", music / "music" / "music" / "sub")  # what one path was another will be
    assert move(path, music, inner) == []
    assert facts(path) == before
    assert {track.path.parent for track in tracks(path).values()} == {inner, inner / "sub"}
    outer = Path(shutil.move(inner, music.with_name("aside")))
    music.rmdir()
    Path(shutil.move(outer, music))
    assert move(path, inner, music) == []
    assert facts(path) == before


def test_only_the_folder_itself_not_its_neighbour_by_name(path: Path, music: Path, engine) -> None:
    write_wav(music.with_name("music2") / "near.wav", tone(200, 4))
    with Library(path, writable=True) as library:
        IndexRun(library, engine).run([music.with_name("music2")])
    move(path, music, Path(shutil.move(music, music.with_name("drive"))))
    assert tracks(path)["near"].path == music.with_name("music2") / "near.wav"
    assert tracks(path)["low"].path.parent.name == "drive"


def test_a_library_of_windows_comes_to_another_system(path: Path, music: Path) -> None:
    old = PureWindowsPath("D:\\Music")
    changes = [
        FileChange(track.id, Path(str(old / track.path.relative_to(music))), track.stamp)
        for track in tracks(path).values()
    ]
    with Library(path, writable=True) as library:
        update_files(library, changes, [])
    assert (
        os.fspath(next(change.path for change in changes if "high" in str(change.path))) == "D:\\Music\\sub\\high.wav"
    )
    assert move(path, Path("D:\\Music"), music) == []
    assert tracks(path)["high"].path == music / "sub" / "high.wav"


def test_folders_that_are_not_there_or_not_known_are_bad_input(path: Path, music: Path, tmp_path: Path) -> None:
    with Library(path) as library:
        with pytest.raises(InputError, match="there is no such folder"):
            plan_relink(library, music, tmp_path / "absent")
        with pytest.raises(InputError, match="knows no file below"):
            plan_relink(library, tmp_path / "absent", music)


def test_names_that_are_not_utf8_move_too(tmp_path: Path, engine) -> None:
    music = tmp_path / "m"
    try:
        write_wav(music / os.fsdecode(b"\xe9") / "a.wav", tone(80, 4))
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    path = tmp_path / "library.db"
    with Library(path, writable=True) as library:
        IndexRun(library, engine).run([music])
    new = tmp_path / os.fsdecode(b"\xe8")
    music.rename(new)
    assert move(path, music, new) == []
    assert tracks(path)["a"].path == new / os.fsdecode(b"\xe9") / "a.wav"
