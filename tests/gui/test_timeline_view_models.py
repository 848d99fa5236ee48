"""What the timeline side knows without widgets and hosts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from timeline_fakes import write_tone

from gui.models.cancellation import Cancellation, CancelledError
from gui.models.captions import MOST_MADE, Captions, Said
from gui.models.clips import Clip, TimelineView
from gui.models.cues import CueRequest, Workshop, cue_length, faded
from gui.models.previews import make_preview
from gui.models.timeline import ClipList, State
from plugin.errors import InputError
from plugin.library.records import Stamp
from plugin.treatment import Treatment

MEDIA = Path("/films/a.mov")
STAMP = Stamp(100, 1)


def clip(key: str, **changes: object) -> Clip:
    made = Clip(key, key, key, MEDIA, "", STAMP, False, "V1", "v1", "video", "00:00:00:00", "00:00:02:00", Fraction(0),
                Fraction(2), 0.0, float(len(key)), False, "", False)  # fmt: skip
    return replace(made, **changes)


@pytest.fixture
def clips(tmp_path: Path) -> ClipList:
    return ClipList(Captions(tmp_path / "captions.json"))


@given(st.lists(st.sampled_from("abcdefgh"), unique=True), st.lists(st.sampled_from("abcdefgh"), unique=True))
def test_the_list_becomes_the_new_one_and_rows_that_stay_are_the_same(old: list[str], new: list[str]) -> None:
    clips = ClipList(Captions(Path("none.json")))
    clips.refresh(TimelineView("", tuple(map(clip, old))))
    before = {row.clip.key: row for row in clips.rows}
    clips.refresh(TimelineView("", tuple(map(clip, new))))
    assert [row.clip.key for row in clips.rows] == new
    assert all(row is before[row.clip.key] for row in clips.rows if row.clip.key in before)


def test_a_clip_that_plays_another_part_waits_anew(clips: ClipList) -> None:
    clips.refresh(TimelineView("", (clip("a"), clip("b"))))
    clips.hear((MEDIA, 0, 1000), Said("Heard."))
    clips.fail((MEDIA, 0, 1000), "no")  # a later try
    clips.refresh(TimelineView("", (clip("a", end=1.5), clip("b"))))
    assert [row.state for row in clips.rows] == [State.WAITING, State.DONE]
    assert clips.rows[1].caption == "Heard."


def test_a_clip_that_is_being_heard_stays_so_when_the_timeline_is_read(clips: ClipList) -> None:
    view = TimelineView("", (clip("a"),))
    clips.refresh(view)
    clips.listen((MEDIA, 0, 1000))
    clips.refresh(view)
    assert clips.rows[0].state is State.LISTENING


def test_the_hosts_own_caption_shows_until_there_is_another(clips: ClipList) -> None:
    clips.refresh(TimelineView("", (clip("a", caption="From the editor."),)))
    assert (clips.rows[0].caption, clips.rows[0].state) == ("From the editor.", State.DONE)
    clips.edit(0, " My   own. ")
    assert clips.rows[0].caption == "My own."


def test_media_that_is_gone_keeps_what_was_said_of_it(clips: ClipList) -> None:
    clips.refresh(TimelineView("", (clip("a"),)))
    clips.hear((MEDIA, 0, 1000), Said("Heard.", stamp=STAMP))
    clips.refresh(TimelineView("", (clip("a", missing="a.mov is not there", stamp=None), clip("bb", missing="gone"))))
    assert [row.state for row in clips.rows] == [State.DONE, State.FAILED]
    assert clips.rows[1].reason == "gone" and clips.waiting() == [] and clips.retry() == []


def test_made_captions_do_not_replace_the_users_words(tmp_path: Path) -> None:
    captions, part = Captions(tmp_path / "captions.json"), (MEDIA, 0, 1000)
    captions.keep(part, Said("Mine.", edited=True))
    captions.keep(part, Said("Made.", ("calm",), ("dark",), stamp=STAMP))
    said = captions.of(clip("a"))
    assert said is not None
    assert (said.text, said.tags, said.moods, said.edited) == ("Mine.", ("calm",), ("dark",), True)


def test_captions_come_back_from_disk_as_they_were(tmp_path: Path) -> None:
    captions = Captions(tmp_path / "new/captions.json")
    odd = Path("/films/na\udcffme.mov")  # a name that is no UTF-8
    captions.keep((MEDIA, 0, 1000), Said("Ünï 🎵", ("a", "b"), ("c",), True, STAMP))
    captions.keep((odd, 5, 1005), Said("Odd."))
    captions.save()
    other = Captions(tmp_path / "new/captions.json")
    other.load()
    assert other.of(clip("a")) == Said("Ünï 🎵", ("a", "b"), ("c",), True, STAMP)
    assert other.of(clip("x", path=odd, start=0.005, end=1.005)) == Said("Odd.")
    assert Captions(tmp_path / "none.json").load() is None


def test_old_made_captions_give_way_and_the_users_do_not(tmp_path: Path) -> None:
    captions = Captions(tmp_path / "captions.json")
    captions.keep((MEDIA, 0, 0), Said("Mine.", edited=True))
    for number in range(1, MOST_MADE + 3):
        captions.keep((MEDIA, 0, number), Said("Made."))
    captions.save()
    kept = [end for end in range(MOST_MADE + 3) if captions.of(clip("a", end=end / 1000)) is not None]
    assert kept == [0, *range(3, MOST_MADE + 3)]


REQUEST = CueRequest(Path("m.wav"), 10.0, 20.0, 60.0)
SHOP = Workshop(print, Path(), 0.1, 1.0)


@pytest.mark.parametrize(("request_", "room", "length", "whole"), [
    (REQUEST, None, 10, False),
    (REQUEST, Fraction(4), 4, False),
    (REQUEST, Fraction(30), 30, False),
    (REQUEST, Fraction(80), 50, True),
    (replace(REQUEST, to_clip=False), Fraction(30), 10, False),
    (replace(REQUEST, duration=None), Fraction(30), 10, False),
    (replace(REQUEST, treatment=Treatment(tempo=2.0)), None, 5, False),
    (replace(REQUEST, treatment=Treatment(tempo=0.5)), Fraction(200), 100, True),
])  # fmt: skip
def test_how_long_a_cue_plays(request_: CueRequest, room: Fraction | None, length: int, whole: bool) -> None:
    assert cue_length(request_, room) == (length, whole)


def test_a_cue_of_nothing_is_refused() -> None:
    with pytest.raises(InputError, match="nothing is left to play"):
        cue_length(replace(REQUEST, start=60.0, end=60.0), Fraction(3))


def test_cuts_are_faded_and_whole_ends_are_not() -> None:
    assert faded(REQUEST, 10.0, False, SHOP) == Treatment(fade_in=0.1, fade_out=1.0)
    assert faded(replace(REQUEST, start=0.0), 10.0, True, SHOP) == Treatment()
    assert faded(REQUEST, 2.0, False, SHOP).fade_out == 0.5, "a quarter of a short cue at most"
    asked = replace(REQUEST, treatment=Treatment(fade_in=8.0, fade_out=4.0))
    found = faded(asked, 6.0, False, SHOP)
    assert (found.fade_in, found.fade_out) == (4.0, 2.0), "together no longer than the cue"


def test_a_waveform_can_be_cancelled(tmp_path: Path) -> None:
    work = Cancellation()
    work.cancel()
    media = write_tone(tmp_path / "a.wav", 2)
    with pytest.raises(CancelledError):
        make_preview(clip("a", path=media, kind="audio"), (64, 36), work)
    with pytest.raises(InputError, match="the editor does not say"):
        make_preview(clip("a", path=None, missing="the editor does not say"), (64, 36), Cancellation())


def test_a_silent_clip_has_a_flat_waveform(tmp_path: Path) -> None:
    media = write_tone(tmp_path / "a.wav", 2, hertz=0.0)
    peaks = make_preview(clip("a", path=media, kind="audio"), (64, 36), Cancellation()).peaks
    assert peaks is not None and int(peaks.max()) == 0
