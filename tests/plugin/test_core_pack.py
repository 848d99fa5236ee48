"""What the shipped pack must hear: floors well under what was measured, well over chance."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from plugin.decode import read_audio
from plugin.paths import pack_dir
from plugin.runtime.engine import Engine, MusicFeatures
from plugin.synth.arranger import arrange
from plugin.synth.render import find_soundfonts, render
from plugin.synth.scenes import random_scene, render_scene

PIECES = {
    "piano_ballad": ("sad piano", "piano"),
    "techno": ("dark techno for a club", "synthesizer"),
    "punk": ("punk rock", "distorted guitar"),
    "orchestral_epic": ("epic orchestral battle", "orchestral"),
    "swing_trio": ("jazz swing", "jazz"),
    "folk_guitar": ("warm folk guitar, hopeful", "acoustic guitar"),
    "solo_harp": ("gentle harp", "harp"),
    "string_quartet": ("classical string quartet", "strings"),
}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(pack_dir(), device="cpu")


@pytest.fixture(scope="module")
def heard(engine: Engine) -> dict[str, MusicFeatures]:
    if shutil.which("fluidsynth") is None or not find_soundfonts():
        pytest.skip("needs fluidsynth and a General MIDI soundfont")
    features = {}
    for number, style in enumerate(PIECES):
        audio = render(arrange(style, 4321 + number, 21.0), rate=engine.rate).mean(0)
        features[style] = engine.music(audio[: 20 * engine.rate].reshape(2, -1).astype(np.float32))
    return features


def test_pack_is_whole_and_small(engine: Engine) -> None:
    assert engine.pack.problems() == []
    assert sum(entry["bytes"] for entry in engine.pack.manifest["files"].values()) < 30e6
    groups = [tag.group for tag in engine.vocabulary.tags]
    assert {g: groups.count(g) for g in set(groups)}.keys() == {"genre", "mood", "instrument", "vocal"}


def test_words_find_the_piece_they_describe(engine: Engine, heard: dict[str, MusicFeatures]) -> None:
    music = np.stack([features.embedding.mean(0) for features in heard.values()])
    similarity = engine.text([words for words, _ in PIECES.values()]) @ music.T
    hits = (similarity.argmax(1) == np.arange(len(PIECES))).sum()
    assert hits >= 5, f"{hits} of {len(PIECES)}; chance gives 1"


def test_tags_name_what_plays(engine: Engine, heard: dict[str, MusicFeatures]) -> None:
    names = engine.vocabulary.names
    right = 0
    for style, (_, tag) in PIECES.items():
        scores = heard[style].tags.mean(0)
        right += tag in {names[i] for i in np.argsort(-scores)[:12]}
    assert right >= 6, f"{right} of {len(PIECES)}; chance gives about 1"


def test_captions_are_sentences_and_differ(engine: Engine, heard: dict[str, MusicFeatures]) -> None:
    captions = [engine.caption(features) for features in heard.values()]
    assert len(set(captions)) >= 6
    for text in captions:
        assert text[0].isupper() and text.endswith(".") and 4 <= len(text.split()) <= 45


def test_lyrics_change_the_caption(engine: Engine, heard: dict[str, MusicFeatures]) -> None:
    features = heard["folk_guitar"]
    plain = engine.caption(features)
    sung = engine.caption(features, lyrics="we went fishing down by the lake / hook and worm / the boat and the stream")
    assert sung != plain


def test_pictures_of_opposite_scenes_look_unlike(engine: Engine) -> None:
    looks = {}
    for place, fixed in {"sea": {"time": "dusk", "cuts": 0.0}, "party": {"time": "night", "cuts": 4.0}}.items():
        scene = random_scene(98_765, place=place, weather="clear", **fixed)
        size, fps = engine.video_size, engine.video_fps
        frames = np.stack(list(render_scene(scene, fps=fps, size=size, seconds=10.0)))
        looks[place] = dict(engine.video(frames).moods)
    assert looks["sea"]["calm"] > looks["party"]["calm"]
    assert looks["party"]["energetic"] > looks["sea"]["energetic"]


def test_real_recordings_are_told_apart(engine: Engine, shared_data: Path) -> None:
    files = sorted((shared_data / "audio").glob("*.ogg"))
    music = [engine.music(read_audio(f, engine.rate, start=30.0, end=60.0)[:480_000].reshape(3, -1)) for f in files]
    assert len({engine.caption(features) for features in music}) == len(files) == 3
    embeddings = np.stack([features.embedding.mean(0) for features in music])
    folk, orchestra = engine.text(["folk song with guitar", "classical orchestra with strings"]) @ embeddings.T
    assert "Fishin" in files[int(folk.argmax())].name
    assert "Sugar_Plum" in files[int(orchestra.argmax())].name
