"""What stems are, heard by the pack that ships; plug-ins; folders with files that cannot be read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pedalboard
import pytest
from fakes import FakeEngine, tone, write_wav

from plugin.demo.encode import write_sound
from plugin.errors import InputError
from plugin.filetags import read_tags, write
from plugin.library.records import TagScore
from plugin.runtime.engine import Engine
from plugin.stems import Effects, PluginChoice, Stem, Template, compare, listen, silent
from plugin.stems.folder import find_files, listen_to_files, plan_changes, propose, wanted_for
from plugin.stems.listening import instrument_for
from plugin.stems.roles import FEATURES, describe, likeliest_role
from plugin.synth.arranger import arrange
from plugin.synth.render import render_builtin

ROLES = {"drums": "drums", "percussion": "percussion", "bass": "bass", "chords": "chords", "arpeggio": "chords",
         "pad": "pad", "lead": "lead", "counter": "lead"}  # fmt: skip


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A band's stems as files with meaningless names, and their true roles."""
    folder, roles = tmp_path_factory.mktemp("session"), []
    for style in ("rock", "chillout"):
        score = arrange(style, 990_321, 12.0)
        for part in score.parts:
            path = folder / f"Audio {len(roles) + 1}.wav"
            write_sound(path, render_builtin(replace(score, parts=(part,)), rate=22050), 22050, {})
            roles.append(ROLES[part.role])
    return folder, roles


def test_roles_are_far_better_than_chance(session: tuple[Path, list[str]]) -> None:
    folder, roles = session
    engine = Engine(device="cpu")
    files, unread = find_files([folder])
    assert unread == []
    found = listen_to_files(engine, files)
    by_name = {path.stem: stem for path, stem in zip(found.paths, found.stems, strict=True)}
    said = [by_name[f"Audio {number}"].role for number in range(1, len(roles) + 1)]
    right = sum(one == other for one, other in zip(said, roles, strict=True))
    assert right / len(roles) >= 0.6, list(zip(roles, said, strict=True))
    assert [stem.role for stem in found.stems] == sorted(said, key=_place)
    for stem in found.stems:
        assert stem.loudness is not None and -60 < stem.loudness < 0
        assert stem.caption and stem.peaks and 0 <= stem.silence < 1
    names = [path.name for path in propose(found, Template("{nn}_{role}")) if path is not None]
    assert names[0].startswith("01_drums")


def _place(role: str) -> int:
    from plugin.stems import ROLES as ORDER

    return ORDER.index(role)


def test_a_silent_file_is_silent_and_gets_no_tags(engine: FakeEngine, tmp_path: Path) -> None:
    found = listen(engine, write_wav(tmp_path / "a.wav", np.zeros(48000)))
    assert (found.role, found.silence, found.duration) == ("silent", 1.0, pytest.approx(3.0))
    assert wanted_for(found) == {}


def test_tags_of_silent_segments_do_not_count(engine: FakeEngine, tmp_path: Path) -> None:
    sound = np.concatenate([np.zeros(30 * 16000), tone(80, 10)])
    found = listen(engine, write_wav(tmp_path / "a.wav", sound))
    assert found.instrument == "bass guitar"
    assert found.tags[0].score > 0.9
    assert found.silence == pytest.approx(0.75, abs=0.02)


def test_the_instrument_goes_with_the_role() -> None:
    tags = [TagScore("guitar", "instrument", 0.6), TagScore("bass guitar", "instrument", 0.5)]
    assert instrument_for("bass", tags) == "bass guitar"
    assert instrument_for("lead", tags) == "guitar"
    assert instrument_for("drums", tags) == "guitar"
    assert instrument_for("lead", [TagScore("oboe", "instrument", 0.1)]) == ""


def test_what_tells_the_role_has_a_name_for_each_number() -> None:
    numbers = describe({}, np.zeros((0, 12), np.float32), np.zeros(0, np.float32), 8.5)
    assert len(numbers) == len(FEATURES)
    assert np.isfinite(numbers).all()
    assert likeliest_role(numbers) in _all_roles()


def _all_roles() -> tuple[str, ...]:
    from plugin.stems import ROLES as ORDER

    return ORDER


def voice(level: float, present: float = 1.0) -> Stem:
    levels = np.full(400, -90.0, np.float32)
    levels[: round(400 * present)] = level
    return Stem("vocal lead", "female vocals", True, (), levels=levels)


def test_softer_and_rarer_voices_are_backing() -> None:
    found = compare([voice(-12), voice(-14), voice(-22), voice(-12, 0.3), silent(20.0)])
    assert [stem.role for stem in found] == [
        "vocal lead", "vocal lead", "vocal backing", "vocal backing", "silent"
    ]  # fmt: skip


def test_files_that_cannot_be_read_are_listed_and_the_rest_goes_on(engine: FakeEngine, tmp_path: Path) -> None:
    write_wav(tmp_path / "good.wav", tone(600, 4))
    (tmp_path / "bad.wav").write_text("no music")
    seen: list[int] = []
    found = listen_to_files(engine, find_files([tmp_path])[0], lambda number, path: seen.append(number))
    assert [path.name for path in found.paths] == ["good.wav"]
    assert [(path.name, reason) for path, reason in found.problems] == [
        ("bad.wav", "not a media file, or damaged beyond reading")
    ]  # fmt: skip
    assert seen == [0, 1]


def test_names_and_tags_are_changed_only_by_write(engine: FakeEngine, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "good.wav", tone(600, 4))
    found = listen_to_files(engine, [path])
    changes, problems = plan_changes(found, propose(found, Template("{role}_{instrument}")), tags=True)
    assert problems == []
    assert [entry.name for entry in tmp_path.iterdir()] == ["good.wav"]
    ((_, new),) = write(changes, tmp_path / "journal").written
    assert new.name == f"{found.stems[0].role}_piano.wav"
    assert read_tags(new)["instrument"] == ("piano",)
    moved = found.moved([(path, new)])
    assert moved.paths == [new]
    assert moved.taken[tmp_path] == {new.name}


def test_a_format_without_tags_is_still_renamed(engine: FakeEngine, tmp_path: Path) -> None:
    path = write_wav(tmp_path / "a.wav", tone(600, 4)).rename(tmp_path / "a.au")
    found = listen_to_files(engine, [path])
    path.write_bytes(b".snd" + bytes(100))
    changes, ((where, reason),) = plan_changes(found, [tmp_path / "new.au"], tags=True)
    assert (where, reason.split(",")[0]) == (path, "tags can be written into MP3")
    assert [change.rename_to for change in changes] == [tmp_path / "new.au"]


def load(monkeypatch: pytest.MonkeyPatch, plugin: Any) -> None:
    monkeypatch.setattr(pedalboard, "load_plugin", lambda path: plugin)


def test_stems_go_through_plug_ins(engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_wav(tmp_path / "a.wav", tone(80, 42, level=0.2) + tone(4000, 42, level=0.2), 16000)
    (tmp_path / "cut.vst3").touch()
    plain = listen(engine, path)
    load(monkeypatch, pedalboard.Pedalboard([pedalboard.HighpassFilter(2000.0) for _ in range(4)]))
    treated = listen(engine, path, effects=Effects([PluginChoice(tmp_path / "cut.vst3")]))
    scores = [{tag.name: tag.score for tag in stem.tags} for stem in (plain, treated)]
    assert scores[0]["bass guitar"] > 0.3 > 0.05 > scores[1].get("bass guitar", 0.0)
    assert treated.instrument == "flute"
    assert treated.loudness == plain.loudness, "that of the file as it is"
    assert treated.duration == pytest.approx(42.0, abs=0.01)


class Knob(pedalboard.Gain):
    """An effect with parameters, as plug-ins have them."""

    parameters = {"gain_db": None}  # noqa: RUF012


def test_parameters_of_plug_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gain.vst3").touch()
    knob = Knob()
    load(monkeypatch, knob)
    Effects([PluginChoice(tmp_path / "gain.vst3", {"gain_db": "-6"})])
    assert knob.gain_db == pytest.approx(-6)
    for parameters, reason in (({"x": "1"}, "it has no parameter x; it has gain_db"),
                               ({"gain_db": "loud"}, "gain_db cannot be loud")):  # fmt: skip
        with pytest.raises(InputError, match=reason):
            Effects([PluginChoice(tmp_path / "gain.vst3", parameters)])


def test_plug_ins_that_cannot_be_loaded(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such plug-in"):
        Effects([PluginChoice(tmp_path / "none.vst3")])
    (tmp_path / "text.vst3").write_text("no plug-in")
    with pytest.raises(InputError, match=r"text\.vst3: this plug-in cannot be loaded: ") as caught:
        Effects([PluginChoice(tmp_path / "text.vst3")])
    assert "\n" not in str(caught.value)
