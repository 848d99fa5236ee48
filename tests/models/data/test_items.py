from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.data.items import Item, plan
from models.data.pieces import chosen_rows, cut, make_piece, read_key, to_model_rate
from models.data.stems import drum_stem, into_range, melodic_stem, usual_range
from plugin.errors import InputError
from plugin.synth import gm
from plugin.synth.styles import STYLES


def test_plan_holds_every_kind_and_holds_out_by_name(tmp_path: Path) -> None:
    (tmp_path / "midi/freedoom").mkdir(parents=True)
    (tmp_path / "midi/pop909").mkdir()
    (tmp_path / "more/album").mkdir(parents=True)
    for number in range(60):
        (tmp_path / f"midi/pop909/{number:03d}.mid").touch()
        (tmp_path / f"more/album/{number:03d}.ogg").touch()
    items = plan(tmp_path, [tmp_path / "more"], per_style=4)
    assert {item.kind for item in items} == {"arranged", "sung", "stem", "midi", "recording"}
    assert len({item.file for item in items}) == len(items)
    assert 0.05 < np.mean([item.held_out for item in items]) < 0.25
    assert {item.name.split("#")[0] for item in items if item.kind == "arranged"} == set(STYLES)
    calibrating = [item for item in items if item.calibrates]
    assert calibrating and all(item.held_out for item in calibrating)
    assert any(item.held_out and not item.calibrates for item in items)


def test_test_recordings_are_never_learnt_from_nor_calibrated_on() -> None:
    for name in ("x/Kevin_MacLeod_-_Vibe_Ace.ogg", "sets/wesnoth-1.16-music/sad.ogg", "Karissa_Hobbs_-_Lets.ogg"):
        item = Item("recording", name)
        assert item.test_only and item.held_out and not item.calibrates


def test_the_same_recording_in_two_folders_is_on_one_side() -> None:
    for number in range(40):
        sides = {Item("recording", f"{folder}/{number}.ogg").held_out for folder in ("a", "b/c")}
        assert len(sides) == 1


@pytest.mark.parametrize("program", [0, 42, 56, 73, 80])
def test_a_stem_is_one_instrument_within_its_range(program: int) -> None:
    import random

    score = melodic_stem(program, random.Random(program), 20.0)
    (part,) = score.parts
    low, high = usual_range(program)
    assert part.program == program and part.instrument == gm.words(program)
    assert low <= part.notes[:, 2].min() and part.notes[:, 2].max() <= high


def test_a_drum_stem_has_only_drums() -> None:
    import random

    score = drum_stem(25, random.Random(0), 20.0)
    assert all(part.is_drum and part.program == 25 for part in score.parts)
    assert "drum machine" in score.active(0.0, 20.0)


def test_into_range_keeps_pitch_classes() -> None:
    notes = np.array([[0, 1, 100, 80], [1, 1, 20, 80], [2, 1, 60, 80]], float)
    moved = into_range(notes, 43)
    assert ((moved[:, 2] - notes[:, 2]) % 12 == 0).all()
    assert moved[:, 2].min() >= 28 and moved[:, 2].max() <= 55


def test_pieces_say_what_is_true_of_each_segment() -> None:
    piece = make_piece(Item("stem", "program 73#0"))
    assert piece.audio.dtype == np.int16 and piece.audio.shape[1:] == (160_000,)
    assert len(piece.truths) == len(piece.audio) and np.abs(piece.audio).max() > 1000
    assert set(piece.truths[0]["instrument"]) == {"flute"} and "genre" not in piece.truths[0]
    assert piece.truths[0]["vocal"] == "instrumental"
    assert np.array_equal(piece.audio, make_piece(Item("stem", "program 73#0")).audio)


def test_a_short_recording_is_refused_in_one_line(tmp_path: Path) -> None:
    import wave

    with wave.open(str(tmp_path / "jingle.wav"), "wb") as stream:
        stream.setparams((1, 2, 16_000, 0, "NONE", ""))
        stream.writeframes(np.zeros(32_000, np.int16).tobytes())
    with pytest.raises(InputError, match=r"jingle\.wav: 2 s are too short"):
        make_piece(Item("recording", str(tmp_path / "jingle.wav")))


def test_long_pieces_keep_blocks_of_three() -> None:
    assert chosen_rows(7) == list(range(7))
    rows = chosen_rows(100)
    assert len(rows) == 12 and rows[:3] == [0, 1, 2] and rows[-1] == 99


def test_key_annotation_of_pop909(tmp_path: Path) -> None:
    for text, expected in (("0.1\t9.0\tGb:maj", 6), ("0.1\t9.0\tA:min", 21), ("0 1 C:maj\n1 2 D:maj", -1)):
        (tmp_path / "x.key.txt").write_text(text)
        assert read_key(tmp_path / "x.mid") == expected
    assert read_key(tmp_path / "y.mid") == -1


def test_cut_and_resample() -> None:
    stereo = np.tile(np.sin(2 * np.pi * 440 * np.arange(32_000) / 32_000), (2, 1)).astype(np.float32)
    mono = to_model_rate(stereo)
    assert abs(len(mono) - 16_000) < 64
    assert cut(mono).shape == (1, 160_000)
