"""Names from templates."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from plugin.errors import InputError
from plugin.stems import FILE_TEMPLATE, Stem, Template, silent, track_names
from plugin.stems.naming import LONGEST, check_file_name, file_name, file_names, free_names, names_beside


def stem(role: str = "lead", instrument: str = "flute", **known: object) -> Stem:
    return Stem(role, instrument, False, (), **known)  # type: ignore[arg-type]


def named(text: str, stems: list[Stem], paths: list[Path]) -> list[str | None]:
    found = free_names(file_names(stems, paths, Template(text)), paths, names_beside(paths))
    return [None if path is None else path.name for path in found]


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    found = [tmp_path / name for name in ("Audio 1.wav", "Audio 2.wav", "Audio 3.flac")]
    for path in found:
        path.touch()
    return found


def test_the_default(paths: list[Path]) -> None:
    stems = [stem("drums", "drum machine"), stem("vocal lead", "female vocals"), stem("fx", "")]
    assert named(FILE_TEMPLATE, stems, paths) == [
        "01_drums_drum-machine.wav", "02_vocal-lead_female-vocals.wav", "03_fx_fx.flac"
    ]  # fmt: skip


def test_all_fields_and_empty_ones_go_with_their_separator(paths: list[Path]) -> None:
    stems = [stem(key="A minor", tempo=119.6), stem(), stem(tempo=90.0)]
    assert named("{original}-{key}_{tempo}_{role}", stems, paths) == [
        "Audio-1-A-minor_120_lead.wav", "Audio-2_lead.wav", "Audio-3_90_lead.flac"
    ]  # fmt: skip


def test_stems_that_are_not_known_keep_their_names(paths: list[Path]) -> None:
    stems = [silent(), stem("unknown", ""), stem()]
    assert named(FILE_TEMPLATE, stems, paths) == [None, None, "03_lead_flute.flac"]
    assert track_names(stems, ["a", "b", "c"], Template("{instrument}")) == [None, None, "Flute"]


def test_names_that_are_the_same_or_taken_are_numbered(paths: list[Path]) -> None:
    (paths[0].parent / "LEAD.wav").touch()
    assert named("{role}", [stem(), stem(), stem()], paths) == ["lead_2.wav", "lead_3.wav", "lead.flac"]
    assert track_names([stem(), stem(), stem("bass", "tuba")], ["", "", ""], Template("{instrument}")) == [
        "Flute 1", "Flute 2", "Tuba"
    ]  # fmt: skip


def test_a_file_that_has_its_name_already_keeps_it(paths: list[Path]) -> None:
    (right,) = [paths[0].rename(paths[0].with_name("01_lead_flute.wav"))]
    assert named(FILE_TEMPLATE, [stem()], [right]) == ["01_lead_flute.wav"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('a/b\\c:d*e?f"g<h>i|j', "a-b-c-d-e-f-g-h-i-j"),
        ("a\nb\x00c", "a-b-c"),
        ("..hidden. ", "hidden"),
        ("CON", "CON_"),
        ("lpt1.x", "lpt1.x_"),
        ("...", ""),
        ("Žluťoučký kůň", "Žluťoučký kůň"),
    ],
)
def test_every_system_can_take_the_name(text: str, name: str) -> None:
    assert file_name(text) == name


def test_long_names_are_cut_between_characters() -> None:
    name = file_name("é" * 300)
    assert len(os.fsencode(name)) <= LONGEST
    assert set(name) == {"é"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{nn}_{roel}", "there is no field {roel}; there are {nn}, {role}"),
        ("{nn", "expected '}'"),
        ("{nn:3}", "there is no field {nn}"),
        ("{role.__class__}", "there is no field {role.__class__}"),
        ("stem", "gives all stems one name"),
    ],
)
def test_templates_that_cannot_be(text: str, reason: str) -> None:
    with pytest.raises(InputError) as caught:
        Template(text)
    assert reason in str(caught.value)


def test_a_name_written_by_hand_is_checked() -> None:
    assert check_file_name("Lead (take 2)") == "Lead (take 2)"
    for text in ("", "  ", "a/b", ".hidden", "CON"):
        with pytest.raises(InputError, match="cannot be a file's name"):
            check_file_name(text)
