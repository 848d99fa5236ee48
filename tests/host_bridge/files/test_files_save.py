"""A new file beside the old one: whole or not at all, never over another, with all that we do not know kept."""

from __future__ import annotations

import os
from pathlib import Path

import opentimelineio as otio
import pytest
from opentimelineio.opentime import RationalTime

from host_bridge.errors import HostError, StaleTimelineError, TimelineError
from host_bridge.files.document import Document
from host_bridge.files.formats import format_of, read
from host_bridge.files.host import FileHost
from host_bridge.host import Capability, CueOptions
from host_bridge.timeline import clip_id, cues, facts, media_path, placed_clips
from tests.host_bridge.conformance import marker, span, tone, write_wav
from tests.host_bridge.files.samples import NTSC, SUFFIXES, sample_file


@pytest.fixture(scope="module")
def music(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_wav(tmp_path_factory.mktemp("Müsic & more") / "wärm  guitar 🎸.wav", tone(5))


@pytest.fixture(params=SUFFIXES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return sample_file(tmp_path / f"my film{request.param}", NTSC, True)


def place(host: FileHost, music: Path, at: float = 1.0, **options: object) -> None:
    host.insert_cue(music, span(2, 2), RationalTime(round(at * 1000), 1000), CueOptions(name="Our cue", **options))


def left(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_the_new_file_has_the_edits_and_the_old_one_stays(path: Path, music: Path) -> None:
    before, host = path.read_bytes(), FileHost(path)
    place(host, music, title="Warm", artist="Åsa")
    if Capability.MARKERS in host.capabilities:
        host.add_markers([marker("höpeful", 2.5)])
    wanted = host.timeline()
    out = host.save()
    assert out.name == f"my film.cuefinder{path.suffix}"
    assert path.read_bytes() == before
    found = read(out)
    assert [(p.clip.name, p.record, media_path(p.clip)) for p in placed_clips(found)] == [
        (p.clip.name, p.record, media_path(p.clip)) for p in placed_clips(wanted)
    ]
    (cue,) = cues(found)
    assert facts(cue.clip)["cue"]["title"] == "Warm"
    assert facts(cue.clip)["cue"]["artist"] == "Åsa"
    assert out.stat().st_mode & 0o777 == 0o666 & ~umask()
    assert left(path.parent) == sorted([path.name, out.name])


def umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_a_file_is_never_written_over(path: Path, music: Path) -> None:
    host = FileHost(path)
    place(host, music)
    first, second = host.save(), host.save()
    assert (first.name, second.name) == (f"my film.cuefinder{path.suffix}", f"my film.cuefinder-2{path.suffix}")
    again = FileHost(first)
    assert again.save().name == f"my film.cuefinder-3{path.suffix}"
    with pytest.raises(TimelineError, match="already"):
        host.save(first)
    with pytest.raises(TimelineError, match="must end in"):
        host.save(path.with_suffix(".txt"))


def test_the_same_key_places_one_cue_in_a_later_session_too(path: Path, music: Path) -> None:
    host = FileHost(path)
    place(host, music, key="a1b2")
    later = FileHost(host.save())
    placed = later.insert_cue(music, span(2, 2), RationalTime(1, 1), CueOptions(name="Our cue", key="a1b2"))
    assert placed.already
    assert later.unsaved == 0
    assert clip_id(cues(later.timeline())[0].clip) == placed.clip


def test_a_file_that_was_changed_meanwhile_takes_nothing(path: Path, music: Path) -> None:
    host = FileHost(path)
    place(host, music)
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(StaleTimelineError, match="changed since"):
        host.save()
    assert left(path.parent) == [path.name]
    path.unlink()
    with pytest.raises(HostError, match="cannot be read any more"):
        host.save()


def test_a_file_that_was_changed_is_read_again_while_nothing_was_edited(tmp_path: Path) -> None:
    path = sample_file(tmp_path / "film.otio")
    host = FileHost(path)
    changed = otio.adapters.read_from_file(str(path))
    changed.tracks[0][1].name = "Walk"
    otio.adapters.write_to_file(changed, str(path))
    assert [p.clip.name for p in placed_clips(host.timeline())] == ["Dawn 🌅", "Walk", "Wärm guitar 🎸"]


@pytest.mark.parametrize(("lose", "what"), [("add_clip", "the cue 'Our cue'"), ("add_marker", "the marker 'here'")])
def test_what_did_not_come_back_leaves_no_file(
    tmp_path: Path, music: Path, monkeypatch: pytest.MonkeyPatch, lose: str, what: str
) -> None:
    path = sample_file(tmp_path / "film.mlt")
    host = FileHost(path)
    place(host, music)
    host.add_markers([marker("here", 1)])
    monkeypatch.setattr(format_of(path).document, lose, lambda *_: None)
    with pytest.raises(TimelineError, match=f"{what} did not come back"):
        host.save()
    assert left(tmp_path) == ["film.mlt"]


def test_what_cannot_be_read_back_leaves_no_file(path: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = FileHost(path)
    place(host, music)
    monkeypatch.setattr(format_of(path).document, "dump", lambda self, folder: b"?")
    with pytest.raises(TimelineError, match="cannot be read"):
        host.save()
    assert left(path.parent) == [path.name]


def test_a_full_disk_leaves_no_file(path: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    host = FileHost(path)
    place(host, music)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("host_bridge.files.newfile.os.fsync", full)
    with pytest.raises(TimelineError, match="No space left"):
        host.save()
    assert left(path.parent) == [path.name]


def test_a_folder_that_is_not_there(path: Path, music: Path) -> None:
    host = FileHost(path)
    place(host, music)
    with pytest.raises(TimelineError, match="no file can be made there"):
        host.save(path.parent / "gone" / path.name)


def test_undone_edits_are_not_written(path: Path, music: Path) -> None:
    host = FileHost(path)
    place(host, music)
    place(host, music, at=10)
    host.undo()
    assert host.unsaved == 2  # a timeline track and a cue
    assert len(cues(read(host.save()))) == 1


def test_edits_of_hosts_that_are_wrong_are_one_line(path: Path, music: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Document, edit: object) -> None:
        raise KeyError("producer\nx")

    host = FileHost(path)
    place(host, music)
    monkeypatch.setattr(format_of(path).document, "apply", fail)
    with pytest.raises(TimelineError, match=r"cannot be written: its parts do not fit together") as caught:
        host.save()
    assert "\n" not in str(caught.value)


def test_plain_opentimelineio_opens_what_is_written(tmp_path: Path, music: Path) -> None:
    host = FileHost(sample_file(tmp_path / "film.otio", NTSC, True))
    place(host, music)
    host.annotate("V1:1", "warm")
    found = otio.adapters.read_from_file(str(host.save()))
    assert isinstance(found, otio.schema.Timeline)
    cue = found.tracks[2][1]
    assert (found.tracks[2].name, cue.name) == ("Cuefinder", "Our cue")
    assert found.range_of_child(cue).start_time.rescaled_to(NTSC).value == 30
    assert found.tracks[0][0].metadata["cuefinder"]["caption"] == "warm"
