"""Parts at work in the engine, each role beside the core pack that ships."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from fakes import tone, write_video, write_wav
from toy_parts import LOUD, MOODS, TABLE, TAGS, WIDTH, WORDS, change_manifest, core_table, levels, unit, write_part

from plugin.analysis import TrackAnalyser
from plugin.errors import PackError
from plugin.parts.choice import choose
from plugin.paths import parts_dir
from plugin.runtime import rates
from plugin.runtime.bridging import bridge
from plugin.runtime.engine import Engine
from plugin.runtime.rates import at_rate
from plugin.stems.listening import listen
from plugin.suggest.describe import describe
from plugin.suggest.look import look_at


@pytest.fixture(scope="module")
def core() -> Engine:
    return Engine(device="cpu", parts={})


def with_parts(folder: Path, *roles: str) -> Engine:
    return Engine(device="cpu", parts={role: write_part(folder / role, role) for role in roles})


def sound(rate: int, segments: int = 2) -> np.ndarray:
    """Segments that grow louder, of frequencies that any rate here can hold."""
    both = np.stack([tone(300 * (n + 1), 10, rate=rate) for n in range(segments)])
    return (both * np.linspace(0.2, 1, both.shape[1])).astype(np.float32)


def vector(*words: str) -> np.ndarray:
    return unit(TABLE[[WORDS.index(word) for word in words]].sum(0))


def test_without_parts_the_core_does_all_of_it(core) -> None:
    assert (core.parts, core.problems, core.space, core.rate) == ({}, (), core.pack.space, 16000)
    assert core.titles is None and core.title(np.ones(16000, np.float32), 16000) == ""
    assert core.vocabulary == core.core_vocabulary
    heard = core.music(sound(16000))
    assert heard.core_tags is None and heard.of_core is heard.tags


def test_a_joint_part_gives_the_vectors_of_music_and_of_words(tmp_path, core) -> None:
    engine = with_parts(tmp_path, "joint")
    windows = sound(48000)
    heard = engine.music(windows)
    assert (engine.rate, engine.space) == (48000, f"toy-joint-1+{core.pack.space}")
    assert np.allclose(heard.embedding, unit(levels(windows, WIDTH)), atol=1e-6)
    assert np.allclose(engine.text(["bright music", "low"]), [vector("bright", "music"), vector("low")], atol=1e-6)
    assert engine.vocabulary == core.vocabulary
    onset, chroma = engine.rhythm(windows)
    assert onset.shape == (2, 1000) and chroma.shape == (2, 80, 12)


def test_what_all_graphs_hear_is_converted_once(tmp_path, monkeypatch) -> None:
    asked: list[tuple[int, int]] = []

    def counted(windows: np.ndarray, rate: int, wanted: int) -> np.ndarray:
        asked.append((len(windows), wanted))
        return at_rate(windows, rate, wanted)

    monkeypatch.setattr(rates, "at_rate", counted)
    engine, windows = with_parts(tmp_path, "joint", "tags"), sound(48000)
    first = engine.music(windows), engine.rhythm(windows)
    assert asked == [(2, 16000)]
    louder = windows * 1.5
    assert not np.array_equal(engine.music(louder).tags, first[0].tags)
    assert np.array_equal(engine.rhythm(windows)[0], first[1][0])
    assert asked == [(2, 16000)] * 3


def test_words_beyond_what_a_part_reads_are_left_out(tmp_path) -> None:
    engine = with_parts(tmp_path, "joint")
    four, six = engine.text(["low low high bright", "low low high bright dark dark"])
    assert np.array_equal(four, six)


def test_the_core_hears_the_same_at_a_higher_rate(tmp_path, core) -> None:
    engine = with_parts(tmp_path, "joint")
    whole = sound(48000).reshape(1, -1)
    here = core.music(at_rate(whole, 48000, 16000).reshape(2, -1))
    there = engine.music(whole.reshape(2, -1))
    assert np.abs(there.tags - here.tags).max() < 0.02
    assert np.abs(there.sequence - here.sequence).max() < 0.02 * np.abs(here.sequence).max()


def test_words_of_a_text_part_come_into_the_core_s_space(tmp_path, core) -> None:
    engine = with_parts(tmp_path, "text")
    table = core_table()
    assert np.allclose(engine.text(["dark music"])[0], unit(table[3] + table[1]), atol=1e-6)
    assert (engine.space, engine.rate) == (core.space, core.rate)
    assert np.array_equal(engine.music(sound(16000)).embedding, core.music(sound(16000)).embedding)


def test_words_for_another_space_are_refused(tmp_path) -> None:
    parts = {"joint": write_part(tmp_path / "clap", "joint"), "text": write_part(tmp_path / "mini", "text")}
    with pytest.raises(PackError, match=r"mini: its words are for the space core-.* toy-joint-1; clap reads words"):
        Engine(device="cpu", parts=parts)
    foreign = write_part(tmp_path / "foreign", "text", for_space="core-of-old")
    with pytest.raises(PackError, match=r"the space core-of-old, but music is in core-.*; install foreign again"):
        Engine(device="cpu", parts={"text": foreign})
    fitting = write_part(tmp_path / "fitting", "text", for_space="toy-joint-1")
    assert Engine(device="cpu", parts={**parts, "text": fitting}).parts["text"].name == "fitting"


def test_a_video_part_sees_moods_and_words_make_a_vector_of_them(tmp_path, core) -> None:
    engine = with_parts(tmp_path, "video")
    assert (engine.video_fps, engine.video_size, engine.space) == (1.0, (32, 24), core.space)
    film = write_video(tmp_path / "film.mkv", [0.9, 0.9])
    seen = look_at(engine, film)
    assert [word for word, _ in seen.moods] == MOODS
    assert dict(seen.moods)["bright"] == pytest.approx(0.9, abs=0.05)
    assert np.allclose(seen.embedding, np.tile(core.text(["bright music"]), (2, 1)), atol=1e-6)


def test_with_a_joint_part_alone_pictures_reach_its_space_by_words(tmp_path, core) -> None:
    engine = with_parts(tmp_path, "joint")
    film = write_video(tmp_path / "film.mkv", [0.2])
    seen, by_core = look_at(engine, film), look_at(core, film)
    assert seen.moods == by_core.moods and seen.embedding.shape == (1, WIDTH)
    scores = np.array([[dict(seen.moods)[mood] for mood in core.pack.manifest["video"]["moods"]]], np.float32)
    phrases = [f"{mood} music" for mood in core.pack.manifest["video"]["moods"]]
    assert np.allclose(seen.embedding, bridge(scores, engine.text(phrases)), atol=1e-5)


def test_a_bridge_leans_to_what_stands_out_and_stands_on_all_where_nothing_does() -> None:
    words = np.eye(3, dtype=np.float32)
    vectors = bridge(np.float32([[0.9, 0.1, 0.2], [0.4, 0.4, 0.4]]), words)
    assert np.allclose(vectors, [[1, 0, 0], unit(np.ones(3))])


def test_a_tags_part_has_words_of_its_own_and_the_core_writes_from_the_core_s(tmp_path, core) -> None:
    engine = with_parts(tmp_path, "tags")
    assert (engine.space, engine.rate) == (f"{core.space}+toy-tags-1", 16000)
    assert engine.vocabulary.names == TAGS and engine.core_vocabulary == core.vocabulary
    heard, as_core = engine.music(sound(16000)), core.music(sound(16000))
    assert np.allclose(heard.tags, levels(sound(16000), len(TAGS)), atol=1e-6)
    assert np.array_equal(heard.of_core, as_core.tags)
    assert engine.caption(heard, beams=2) == core.caption(as_core, beams=2)
    track, alone = (listened(each) for each in (engine, core))
    assert track.segment_tags.shape == (3, len(TAGS)) and np.allclose(track.core_tags, alone.segment_tags, atol=1e-6)


def listened(engine: Engine):
    analyser = TrackAnalyser(engine, beams=1)
    for block in np.split(tone(220, 24, rate=engine.rate).astype(np.float32), 4):
        analyser.feed(block)
    return analyser.finish()


def test_stems_are_known_by_the_core_s_words_whatever_gives_tags(tmp_path, core) -> None:
    stem = write_wav(tmp_path / "stem.wav", tone(110, 11))
    assert listen(with_parts(tmp_path, "tags"), stem) == listen(core, stem)


def test_joint_and_tags_together_decide_the_space(tmp_path) -> None:
    assert with_parts(tmp_path, "joint", "tags").space == "toy-joint-1+toy-tags-1"


@pytest.mark.parametrize(("middle", "word"), [(0.5, "loud"), (0.01, "quiet")])
def test_a_captioner_hears_the_middle_of_a_file(tmp_path, middle, word) -> None:
    level = np.full(24 * 16000, 0.51 - middle)
    level[7 * 16000 : 17 * 16000] = middle
    file = write_wav(tmp_path / "song.wav", level * tone(200, 24, level=1.0))
    engine = with_parts(tmp_path, "captions", "titles")
    said = describe(engine, file, beams=2)
    assert (said.caption, said.title) == (f"{word.capitalize()} song.", f"{word} song")
    assert engine.rate == 22050


def test_films_have_captions_and_no_titles(tmp_path) -> None:
    film = write_video(tmp_path / "film.mkv", [0.5], sound=tone(200, 10))
    said = describe(with_parts(tmp_path, "captions", "titles"), film, beams=1)
    assert (said.caption, said.title) == ("Loud song.", None)


def test_of_taken_sentences_one_says_more(tmp_path, core) -> None:
    engine = with_parts(tmp_path, "captions", "tags")
    analyser = TrackAnalyser(engine, beams=1, taken=lambda vector, text: text == "Loud song.")
    analyser.feed(tone(220, 12, rate=engine.rate).astype(np.float32))
    assert analyser.finish().caption.startswith("Loud song. Also: ")


def test_a_captioner_with_nothing_to_say_leaves_it_to_the_core(tmp_path, core) -> None:
    folder = write_part(tmp_path / "mute", "captions")
    settings = json.loads((folder / "manifest.json").read_text())["settings"]
    settings["caption"]["longest"] = 0
    change_manifest(folder, settings=settings)
    engine = Engine(device="cpu", parts={"captions": folder})
    windows = sound(22050, 1)
    heard = engine.music(windows)
    assert engine.caption(heard, beams=1) == core.caption(heard, beams=1) != ""


def test_titles_alone_keep_no_sound_and_change_nothing_else(tmp_path, core) -> None:
    engine = with_parts(tmp_path, "titles")
    assert (engine.rate, engine.space) == (core.rate, core.space)
    assert engine.titles is not None and engine.titles.seconds == 2.0
    assert engine.title(np.full(200, LOUD / 2, np.float32), 8000) == "quiet song"
    excerpt = engine.excerpt()
    excerpt.feed(np.ones(100, np.float32))
    assert excerpt.sound() is None


def test_graphs_of_parts_are_placed_in_plain_sight(tmp_path) -> None:
    engine = with_parts(tmp_path, "joint", "titles")
    engine.load()
    assert {"music", "text", "joint.music", "joint.text", "titles.encoder", "titles.decoder"} <= set(engine.placements)
    assert engine.provider == "CPUExecutionProvider" and str(engine.placements["joint.music"]) == "CPU: asked for"


def test_what_cannot_be_used_is_noted_and_the_core_goes_on(core) -> None:
    write_part(parts_dir() / "clap", "joint")
    write_part(parts_dir() / "mini", "text", for_space="toy-joint-1")
    choose("joint", "clap")
    choose("text", "mini")
    assert Engine(device="cpu").problems == ()
    (parts_dir() / "clap" / "text.onnx").write_bytes(b"half")
    engine = Engine(device="cpu")
    assert (engine.parts, engine.space, engine.rate) == ({}, core.space, 16000)
    damaged, unfit = engine.problems
    assert "text.onnx: 4 bytes instead of" in damaged and "'cuefinder models use core --role joint'" in damaged
    assert "mini: its words are for the space toy-joint-1" in unfit and "the core pack is used for text" in unfit
    with pytest.raises(PackError, match="4 bytes instead of"):
        Engine(device="cpu", parts={"joint": parts_dir() / "clap"})


def test_a_given_pack_does_the_work_alone(core) -> None:
    write_part(parts_dir() / "clap", "joint")
    choose("joint", "clap")
    assert Engine(core.pack.folder, "cpu").parts == {}
    assert Engine(device="cpu").parts["joint"].name == "clap"


def test_a_part_of_other_segments_or_another_role_is_refused(tmp_path) -> None:
    short = write_part(tmp_path / "short", "joint", segment_seconds=5)
    with pytest.raises(PackError, match="short: hears segments of 5 s; this pack's are of 10 s"):
        Engine(device="cpu", parts={"joint": short})
    with pytest.raises(Exception, match="short: a part for joint, not for tags"):
        Engine(device="cpu", parts={"tags": short})


def test_damage_that_shows_only_in_use_says_how_to_do_without(tmp_path) -> None:
    engine = with_parts(tmp_path, "joint")
    graph = tmp_path / "joint" / "music.onnx"
    graph.write_bytes(bytes(len(graph.read_bytes())))
    with pytest.raises(PackError, match=r"wrong checksum .* 'cuefinder models use core --role joint'"):
        engine.music(sound(48000))


def test_a_graph_of_another_width_than_the_part_says_is_refused(tmp_path) -> None:
    folder = write_part(tmp_path / "wide", "joint", width=WIDTH + 1)
    with pytest.raises(PackError, match="wide: gives 1 x 6 numbers instead of rows of 7; install wide again"):
        Engine(device="cpu", parts={"joint": folder}).text(["low"])


@pytest.mark.parametrize(("rate", "wanted"), [(48000, 16000), (44100, 16000), (22050, 16000), (16000, 48000)])
def test_a_tone_is_the_same_tone_at_another_rate(rate, wanted) -> None:
    def sine(rate: int) -> np.ndarray:
        return np.sin(2 * np.pi * 440 * np.arange(rate) / rate).astype(np.float32)

    both = at_rate(np.stack([sine(rate), -sine(rate)]), rate, wanted)
    assert both.shape == (2, wanted) and both.dtype == np.float32
    inner = slice(wanted // 100, -wanted // 100)
    assert np.abs(both[0] - sine(wanted))[inner].max() < 2e-3
    assert np.array_equal(both[1], -both[0])


def test_what_the_lower_rate_cannot_hold_is_gone_and_equal_rates_cost_nothing() -> None:
    high = np.sin(2 * np.pi * 12000 * np.arange(48000) / 48000).astype(np.float32)[None]
    assert np.abs(at_rate(high, 48000, 16000)[0, 200:-200]).max() < 1e-3
    assert at_rate(high, 48000, 48000) is high
    assert at_rate(high[:0], 48000, 16000).shape == (0, 16000)
