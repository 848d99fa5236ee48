"""What goes wrong is said, and the file is as it was."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from pathlib import Path

import pytest
from tagged_files import make_file, sha

from plugin.errors import InputError
from plugin.filetags import Change, journals, plan, read_tags, undo, write
from plugin.filetags.journal import JournalWriter

WANTED = {"genre": ("Folk",), "comment": ("A song.",)}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return make_file(tmp_path / "a.flac")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "journal"


def refused(change: Change, journal: Path) -> str:
    """Why a change was not made; nothing may be different after it."""
    folder = change.path.parent
    before = {path: sha(path) for path in folder.iterdir() if path.is_file()}
    report = write([change], journal)
    assert {path: sha(path) for path in folder.iterdir() if path.is_file()} == before
    assert report.written == []
    ((path, reason),) = report.problems
    assert path == change.path
    return reason


def test_a_read_only_file(file: Path, journal: Path) -> None:
    file.chmod(0o444)
    assert refused(plan(file, WANTED), journal) == "the file is read-only: make it writable first"


@pytest.mark.skipif(os.name == "nt", reason="flock is of POSIX")
def test_a_locked_file(file: Path, journal: Path) -> None:
    change = plan(file, WANTED)
    with file.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_SH)
        assert refused(change, journal) == "another program has locked it: close it there first"
    assert write([change], journal).problems == []


def test_a_file_that_changed_after_the_plan(file: Path, journal: Path) -> None:
    change = plan(file, WANTED)
    with file.open("ab") as out:
        out.write(b"\0")
    assert "was changed since the changes were planned" in refused(change, journal)


def test_a_file_that_is_gone_after_the_plan_and_the_rest_goes_on(file: Path, journal: Path) -> None:
    other = make_file(file.with_name("b.flac"))
    changes = [plan(path, WANTED) for path in (file, other)]
    file.unlink()
    report = write(changes, journal)
    assert report.written == [(other, other)]
    assert report.problems == [(file, "No such file or directory; the file is as it was")]


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_while_copying(file: Path, journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change = plan(file, WANTED)
    monkeypatch.setattr(shutil, "copyfile", full)
    assert refused(change, journal) == "No space left on device; the file is as it was"


def test_a_full_disk_for_the_journal(file: Path, journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change = plan(file, WANTED)
    monkeypatch.setattr(JournalWriter, "add", full)
    assert refused(change, journal) == "No space left on device; the file is as it was"


def test_sound_that_would_not_stay(file: Path, journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change = plan(file, WANTED)
    monkeypatch.setattr("plugin.filetags.writing.sound_digest", lambda path: path.name)
    assert refused(change, journal) == "its sound would not stay the same, so nothing was written"


def test_other_tags_that_would_be_lost(file: Path, journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change = plan(file, WANTED)
    answers = iter([{"comments": "one"}, {"comments": "none"}])
    monkeypatch.setattr("plugin.filetags.formats.Vorbis.others", lambda self, fields: next(answers))
    assert refused(change, journal) == "it holds tags that would be lost, so nothing was written"


def test_formats_without_tags_and_damaged_files(tmp_path: Path) -> None:
    (tmp_path / "a.wma").write_bytes(b"0" * 5000)
    (tmp_path / "cut.flac").write_bytes(make_file(tmp_path / "b.flac").read_bytes()[:30])
    with pytest.raises(InputError, match=r"a\.wma: tags can be written into MP3, FLAC, .* not into this format"):
        read_tags(tmp_path / "a.wma")
    with pytest.raises(InputError, match=r"cut\.flac: its tags cannot be read"):
        plan(tmp_path / "cut.flac", WANTED)
    with pytest.raises(InputError, match="No such file"):
        plan(tmp_path / "none.flac", WANTED)


def test_names_are_changed_with_the_tags_and_come_back(file: Path, journal: Path) -> None:
    before = sha(file)
    new = file.with_name("01_lead.flac")
    assert write([plan(file, WANTED, rename_to=new)], journal).written == [(file, new)]
    assert not file.exists()
    assert read_tags(new) == WANTED
    assert undo(journal).restored == [(new, file)]
    assert not new.exists()
    assert sha(file) == before


def test_a_name_that_is_taken_is_never_written_over(file: Path, journal: Path) -> None:
    taken = file.with_name("taken.flac")
    taken.write_text("precious")
    assert refused(plan(file, {}, rename_to=taken), journal) == "there is a file taken.flac already"
    assert refused(plan(file, WANTED, rename_to=taken), journal) == "there is a file taken.flac already"
    assert taken.read_text() == "precious"


@pytest.mark.parametrize("wanted", [{}, WANTED])
def test_a_name_taken_at_the_last_moment(
    file: Path, journal: Path, monkeypatch: pytest.MonkeyPatch, wanted: dict[str, tuple[str, ...]]
) -> None:
    new, before, link = file.with_name("new.flac"), sha(file), os.link

    def taken(source: Path, target: Path) -> None:
        target.write_text("precious")
        link(source, target)

    monkeypatch.setattr(os, "link", taken)
    report = write([plan(file, wanted, rename_to=new)], journal)
    ((_, reason),) = report.problems
    assert reason == ("its tags are written, but it could not be renamed: File exists" if wanted
                      else "File exists; the file is as it was")  # fmt: skip
    assert report.journal is not None
    assert undo(journal).problems == []
    assert (sha(file), new.read_text()) == (before, "precious")


def test_undo_leaves_a_file_that_was_changed_since(file: Path, journal: Path) -> None:
    write([plan(file, WANTED)], journal)
    write([plan(file, {"mood": ("Calm",)})], journal)
    newest, first = journals(journal)
    report = undo(journal, first)
    assert report.problems == [(file, "it was changed since its tags were written, so it is left as it is")]
    assert read_tags(file)["mood"] == ("Calm",)
    assert undo(journal, newest).problems == []
    assert undo(journal, first).problems == [], "in the right order both can be taken back"


def test_undo_does_not_take_a_name_from_another_file(file: Path, journal: Path) -> None:
    new = file.with_name("new.flac")
    write([plan(file, {}, rename_to=new)], journal)
    file.write_text("another")
    report = undo(journal)
    assert report.problems == [(new, "its old name a.flac is taken by another file: move that away first")]
    assert file.read_text() == "another"
    file.unlink()
    assert undo(journal).problems == [], "the journal is still there for another try"


def test_undo_of_what_was_written_down_but_not_done(file: Path, journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the machine had stopped between the journal and the file."""
    before, change = sha(file), plan(file, WANTED)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        assert write([change], journal).written == []
    assert sha(file) == before
    assert undo(journal).problems == []
    assert sha(file) == before


def test_undo_with_a_full_disk_leaves_the_file(file: Path, journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write([plan(file, WANTED)], journal)
    after = sha(file)
    with monkeypatch.context() as patch:
        patch.setattr("plugin.filetags.undoing.os.fsync", full)
        ((_, reason),) = undo(journal).problems
    assert reason == "No space left on device; the file is as it was before the undo"
    assert sha(file) == after
    assert undo(journal).problems == []


def test_undo_says_what_cannot_be(file: Path, journal: Path) -> None:
    with pytest.raises(InputError, match="nothing can be taken back"):
        undo(journal)
    id = write([plan(file, WANTED)], journal).journal
    assert id is not None
    with pytest.raises(InputError, match=f"there is no journal ../x .* taken back: {id}"):
        undo(journal, "../x")
    undo(journal, id)
    with pytest.raises(InputError, match=r"there is no journal|taken back already"):
        undo(journal, id)
    (journal / "20200101-000000-bad.jsonl").write_text("{}\n")
    with pytest.raises(InputError, match="the journal is damaged"):
        undo(journal)


def test_a_file_that_is_gone_is_named_by_undo(file: Path, journal: Path) -> None:
    write([plan(file, WANTED)], journal)
    file.unlink()
    assert undo(journal).problems == [(file, "it is gone; put it back where it was and undo again")]


def test_links_are_followed_for_tags_and_not_renamed(file: Path, journal: Path) -> None:
    link = file.with_name("link.flac")
    link.symlink_to(file)
    assert write([plan(link, WANTED)], journal).written == [(file, file)]
    assert link.is_symlink()
    with pytest.raises(InputError, match="this is a link to another file"):
        plan(link, WANTED, rename_to=file.with_name("c.flac"))


def test_further_names_on_the_disk_are_noted(file: Path) -> None:
    os.link(file, file.with_name("same.flac"))
    assert plan(file, WANTED).notes == ("the file has further names on the disk (hard links), which keep the old tags",)


def test_stopping_ends_between_two_files(file: Path, journal: Path) -> None:
    changes = [plan(path, WANTED) for path in (file, make_file(file.with_name("b.flac")))]

    def stop_at_second(change: Change) -> None:
        if change.path != file:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(changes, journal, stop_at_second)
    assert [bool(read_tags(change.path)) for change in changes] == [True, False]
    assert undo(journal).restored == [(file, file)]
