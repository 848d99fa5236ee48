"""The folders of the library, and what a scan of single paths says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from fakes import FakeEngine, tone, write_wav

from plugin.errors import InputError
from plugin.library.indexing import IndexRun
from plugin.library.records import Stamp
from plugin.library.roots import add_root, remove_root, roots, set_watched
from plugin.library.scan import Scan, look
from plugin.library.store import Library
from plugin.library.tracks import known_about

SUFFIXES = {".wav"}


def paths(library: Path) -> list[Path]:
    return [root.path for root in roots(library)]


def test_a_folder_is_remembered_watched_and_forgotten(tmp_path) -> None:
    library, folder = tmp_path / "new" / "library.db", tmp_path / "music"
    folder.mkdir()
    assert roots(library) == []
    root = add_root(library, folder)
    assert (root.path, root.watched, root.scanned_at, root.online) == (folder, True, None, True)
    assert add_root(library, folder) == root
    set_watched(library, folder, False)
    assert [root.watched for root in roots(library)] == [False]
    folder.rmdir()
    assert not roots(library)[0].online
    remove_root(library, folder)  # its drive need not be there
    assert roots(library) == []


def test_folders_do_not_overlap(tmp_path) -> None:
    library = tmp_path / "library.db"
    (tmp_path / "music" / "jazz" / "old").mkdir(parents=True)
    (tmp_path / "music" / "folk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "music" / "jazz")
    add_root(library, tmp_path / "music" / "jazz")
    assert add_root(library, tmp_path / "music" / "jazz" / "old").path == tmp_path / "music" / "jazz"
    assert add_root(library, tmp_path / "link").path == tmp_path / "music" / "jazz"
    add_root(library, tmp_path / "music" / "folk")
    assert len(roots(library)) == 2
    add_root(library, tmp_path / "music")
    assert paths(library) == [tmp_path / "music"]


def test_what_is_no_folder_is_refused_in_words(tmp_path) -> None:
    library = tmp_path / "library.db"
    with pytest.raises(InputError, match="gone: there is no such folder"):
        add_root(library, tmp_path / "gone")
    assert not library.exists()
    for change in (remove_root, lambda library, folder: set_watched(library, folder, True)):
        with pytest.raises(InputError, match="no folder of the library"):
            change(library, tmp_path)


def test_roots_change_while_another_writes_and_leave_the_revision(tmp_path) -> None:
    folder = tmp_path / os.fsdecode(b"caf\xe9")
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes only UTF-8")
    with Library(tmp_path / "library.db", writable=True) as library:
        revision = library.revision
        add_root(library.path, folder)
        set_watched(library.path, folder, False)
        assert library.revision == revision
    assert paths(library.path) == [folder]


@pytest.mark.usefixtures("inline_decoding")
def test_a_whole_walk_is_noted(tmp_path, engine, music) -> None:
    with Library(tmp_path / "library.db", writable=True) as library:
        add_root(library.path, music)
        IndexRun(library, engine).run([music / "low.wav"])
        assert roots(library.path)[0].scanned_at is None
        IndexRun(library, engine).run([music])
        assert roots(library.path)[0].scanned_at is not None


def test_look_asks_only_for_the_paths_it_is_given(tmp_path) -> None:
    root = tmp_path / "root"
    there = write_wav(root / "there.wav", tone(80, 0.1))
    write_wav(root / "unasked.wav", tone(80, 0.1))
    found = look([there, root / "gone.wav", tmp_path / "outside.wav"], [root], SUFFIXES)
    assert found.files == {there: Stamp.of(there)}
    assert found.complete == {root / "gone.wav"}


def test_nothing_is_gone_from_a_root_without_music(tmp_path) -> None:
    root = tmp_path / "root"
    assert look([root / "gone.wav"], [root], SUFFIXES).complete == set()
    root.mkdir()  # its mount point, empty
    (root / "README").touch()
    assert look([root, root / "gone.wav"], [root], SUFFIXES).complete == set()
    write_wav(root / "sub" / "other.wav", tone(80, 0.1))
    assert look([root / "gone.wav"], [root], SUFFIXES).complete == {root / "gone.wav"}


@pytest.mark.usefixtures("inline_decoding")
def test_only_files_that_a_scan_can_concern_are_read_from_the_store(tmp_path) -> None:
    music = tmp_path / "100% _music"
    names = ["a.wav", "sub/b.wav", "sub/deep/c.wav", "sub2/d.wav", "zz.wav", os.fsdecode(b"sub/\xe9.wav")]
    for number, name in enumerate(names):
        write_wav(music / name, tone(300, 0.2 + number / 10))
    with Library(tmp_path / "library.db", writable=True) as library:
        IndexRun(library, FakeEngine()).run([music])

        def about(**values: object) -> set[str]:
            return {os.fspath(file.path.relative_to(music)) for file in known_about(library, Scan(**values))}

        below_sub = {"sub/b.wav", "sub/deep/c.wav", os.fsdecode(b"sub/\xe9.wav")}
        assert about(complete={music / "sub"}) == below_sub
        assert about(complete={music / "zz.wav"}) == {"zz.wav"}
        assert about(complete={music}) == set(names)
        assert about(files={music / "a.wav": Stamp(1, 1)}) == {"a.wav"}
        assert about(files={music / "new.wav": Stamp.of(music / "a.wav")}) == {"a.wav"}
        assert about() == set()
