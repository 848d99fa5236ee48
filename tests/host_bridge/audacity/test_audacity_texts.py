from __future__ import annotations

from fractions import Fraction

import pytest

from host_bridge.audacity.answers import parse
from host_bridge.audacity.notes import caption_of, caption_text, cue_of, cue_text, is_marker
from host_bridge.audacity.project import ClipInfo, LabelInfo, ProjectInfo, TrackInfo, error_of, is_free
from host_bridge.audacity.quoting import command, lisp_string, quote
from host_bridge.errors import HostError
from host_bridge.host import CueOptions


def as_audacity(name: str) -> str:
    """How it writes a name: only quotes are escaped."""
    return '[ { "name":"' + name.replace('"', '\\"') + '", "start":1.5 } ]'


@pytest.mark.parametrize(
    "name",
    ['a "q" \\ b', "we\\ird", "\\u12 \\n", "ends\\", "two\nlines", "🎸 ü", '"', "\\\\", 'x", "start":7', "a\\b\\"],
)
def test_names_are_read_as_they_are(name: str) -> None:
    assert parse(as_audacity(name)) == [{"name": name, "start": Fraction(3, 2)}]


def test_times_are_read_exactly() -> None:
    assert parse("[ 2.12346, 1e+06, 3 ]") == [Fraction("2.12346"), 1_000_000, 3]


@pytest.mark.parametrize("text", ["", "[ 1,", "[ nan ]", "[ NaN ]", "Your batch command was not recognized."])
def test_what_cannot_be_read_is_one_error(text: str) -> None:
    with pytest.raises(HostError, match="cannot be read"):
        parse(text)


def test_arguments_are_quoted() -> None:
    line = command("SetTrack", Name='a "b" \\c 🎸', Selected=1, Gain=0.5, At=Fraction(1, 3))
    assert line == 'SetTrack: Name="a \\"b\\" \\\\c 🎸" Selected=1 Gain=0.5 At=0.3333333333'


@pytest.mark.parametrize("text", ["two\nlines", "a\rb", "tab\t", "nul\0", "C:\\new"])
def test_what_audacity_cannot_take_in_a_name_is_refused(text: str) -> None:
    with pytest.raises(HostError, match="cannot take"):
        quote(text)


def test_lisp_strings_hold_no_backslash_but_before_quotes() -> None:
    assert (
        lisp_string('C:\\new "x"\n\\')
        == '(strcat "C:" (string (int-char 92)) "new \\"x\\" " (string (int-char 92)) "")'
    )


@pytest.mark.parametrize("time", [0.5, 5, 55.5555, 555.5555, 5555.5555])
def test_the_error_of_a_time_of_six_digits(time: float) -> None:
    assert abs(Fraction(f"{time:g}") - Fraction(time)) <= error_of(Fraction(time)) <= Fraction(time) / 100_000


@pytest.mark.parametrize(
    ("start", "end", "free"),
    [(0, 1, True), (1, 2, False), (0.5, 3, False), (2, 3, True), (1.5, 1.6, False), (2.0002, 3, True)],
)
def test_a_place_beside_a_clip_is_free(start: float, end: float, free: bool) -> None:
    clip = ClipInfo(0, Fraction(1), Fraction(2))
    assert is_free([clip], Fraction(start), Fraction(end)) is free


def test_a_place_is_not_free_where_the_clip_may_end_later_than_told() -> None:
    clip = ClipInfo(0, Fraction(1000), Fraction("1234.57"))
    assert not is_free([clip], Fraction("1234.57"), Fraction(1240))
    assert is_free([clip], Fraction("1234.58"), Fraction(1240))


def two_stems(*labels: tuple[int, int, str]) -> ProjectInfo:
    return ProjectInfo(
        (TrackInfo(0, "Bass", "wave"), TrackInfo(1, "Drums", "wave"), TrackInfo(2, "Cuefinder", "label")),
        (ClipInfo(0, Fraction(0), Fraction(10)), ClipInfo(1, Fraction(0), Fraction(10))),
        tuple(LabelInfo(i, 2, Fraction(a), Fraction(b), text) for i, (a, b, text) in enumerate(labels)),
    )


def test_captions_of_clips_in_the_same_place_are_told_apart() -> None:
    project = two_stems((0, 10, caption_text("low [and] warm", "Bass")), (0, 10, caption_text("dry", "Drums")))
    assert [caption_of(project, clip) for clip in project.clips] == ["low [and] warm", "dry"]
    assert not any(is_marker(label) for label in project.labels)


def test_a_caption_stays_when_its_timeline_track_is_renamed_if_it_can_be_no_others() -> None:
    project = two_stems((0, 10, caption_text("low", "Old name")))
    assert caption_of(project, project.clips[0]) is None
    alone = ProjectInfo(project.tracks, project.clips[:1], project.labels)
    assert caption_of(alone, alone.clips[0]) == "low"


def test_what_is_known_of_a_cue_survives_its_label() -> None:
    options = CueOptions(name="Sun\nrise", key="a b]c=&", title='Größe "x" \\', artist="暖", gain_db=-6.5,
                         fade_in=Fraction(1, 3))  # fmt: skip
    project = two_stems((0, 10, cue_text(options, "Drums")))
    assert cue_of(project, project.clips[0]) is None
    assert cue_of(project, project.clips[1]) == {
        "key": "a b]c=&", "title": 'Größe "x" \\', "artist": "暖", "fade_in": "1/3", "fade_out": "0", "gain_db": -6.5,
    }  # fmt: skip


def test_labels_of_the_user_are_markers() -> None:
    assert is_marker(LabelInfo(0, 0, Fraction(0), Fraction(1), "verse [caption]"))


def test_the_revision_knows_no_selection_and_no_labels() -> None:
    bare, labelled = two_stems(), two_stems((0, 1, "verse"))
    selected = ProjectInfo((TrackInfo(0, "Bass", "wave", selected=True), *bare.tracks[1:]), bare.clips, ())
    assert bare.revision() == labelled.revision() == selected.revision()
    assert bare.content() == selected.content() != labelled.content()
