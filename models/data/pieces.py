"""Make the sound of an item, in segments, and say what is known to be true of each."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from models.data.items import Item
from models.data.stems import drum_stem, melodic_stem
from models.data.voices import sing
from models.data.words_sung import sing_words
from models.nets.frontend import RATE, SEGMENT
from plugin.decode import read_audio
from plugin.errors import InputError
from plugin.synth.arranger import arrange
from plugin.synth.effects import random_mastering
from plugin.synth.midi import read_truth
from plugin.synth.render import find_soundfonts, render, render_builtin, render_midi
from plugin.synth.score import Score

Array = npt.NDArray[np.float32]
Truth = dict[str, Any]
RENDER_RATE = 32_000
ARRANGED_SECONDS = 42.0
STEM_SECONDS = 22.0
WITH_WORDS = 0.6
"""Share of sung items whose singer sings words; the others sing vowels."""
TEST_FONT = "sf_GMbank"
"""A soundfont that nothing is learnt from (Debian's csound-soundfont), for tests on other instruments' samples."""
BLOCK = 3
"""Segments in a block: 30 s, what the teachers with the longest view hear at once."""
MOST_BLOCKS = 4
"""Blocks of a long piece that are kept, evenly spaced."""
SHORTEST = 20.0
"""Seconds of a recording below which it is a jingle or an effect and no music to learn from."""


@dataclass(frozen=True)
class Piece:
    """An item's sound.

    Attributes
    ----------
    audio : int16 [S, 160000]
        Segments of 10 s at 16 kHz.
    truths : list of dict
        For each segment what is known: genre and mood (list of str), instrument (levels by word), vocal (str), tempo
        (BPM), key (0..23, minor from 12), style, density (notes/s), dynamics (dB). What is missing is not known.
    """

    audio: npt.NDArray[np.int16]
    truths: list[Truth]


def make_piece(item: Item, *, soundfont: Path | None = None) -> Piece:
    """Render or decode an item.

    Parameters
    ----------
    soundfont : Path, optional
        Play on this one instead of a random one (tests of soundfonts that nothing was learnt from).

    Raises
    ------
    InputError, DecodeError
        For a recording that is too short, or a file that cannot be read.
    """
    makers: dict[str, Callable[[Item, random.Random, Path | None], tuple[Array, list[Truth]]]] = {
        "arranged": _arranged, "sung": _sung, "stem": _stem, "midi": _midi, "recording": _recording,
    }  # fmt: skip
    segments, truths = makers[item.kind](item, random.Random(zlib.crc32(item.name.encode())), soundfont)
    return Piece(quantise(segments), truths)


def quantise(segments: Array) -> npt.NDArray[np.int16]:
    """float32 to int16, as files have it."""
    return np.clip(np.round(segments * 32767.0), -32768, 32767).astype(np.int16)


def _score_truths(score: Score, count: int, vocal: str | None = None) -> list[Truth]:
    """What a score says of each of its first `count` segments."""
    whole = score.truth()
    shared = {"genre": whole["genre"], "mood": whole["mood"], "tempo": score.tempo, "style": score.style,
              "key": score.tonic + (0 if score.mode == "major" else 12) if whole["key"] else -1,
              "density": round(whole["density"], 3), "dynamics": round(whole["dynamics"], 2)}  # fmt: skip
    out = []
    for row in range(count):
        levels = {w: round(v, 4) for w, v in score.active(row * 10.0, row * 10.0 + 10.0).items()}
        heard = vocal or ("choir" if levels.get("choir", 0.0) > 0 else "instrumental")
        out.append(shared | {"instrument": {w: v for w, v in levels.items() if w != "choir"}, "vocal": heard})
    return out


def _finish(audio: Array, rng: random.Random, share: float) -> Array:
    """Master at random, then cut to segments at the model's rate."""
    if rng.random() < share:
        audio = random_mastering(audio, RENDER_RATE, rng.randrange(2**31))
    return cut(to_model_rate(audio))


def draw_soundfont(rng: random.Random) -> Path:
    """One of the installed soundfonts but the test's; compressed ones less often, for they load slowly."""
    fonts = [font for font in find_soundfonts() if font.stem != TEST_FONT]
    if not fonts:
        raise InputError("no General MIDI soundfont is installed: install fluid-soundfont-gm and timgm6mb-soundfont")
    return rng.choices(fonts, weights=[0.4 if font.suffix == ".sf3" else 1.0 for font in fonts])[0]


def _play(score: Score, rng: random.Random, soundfont: Path | None, builtin: float = 0.1) -> Array:
    if soundfont is None and rng.random() < builtin:
        return render_builtin(score, rate=RENDER_RATE, seed=rng.randrange(2**31))
    return render(score, rate=RENDER_RATE, soundfont=soundfont or draw_soundfont(rng))


def _arranged(item: Item, rng: random.Random, soundfont: Path | None) -> tuple[Array, list[Truth]]:
    style, number = item.name.rsplit("#", 1)
    score = arrange(style, int(number) + 1000, ARRANGED_SECONDS, guests=rng.random() < 0.5)
    segments = _finish(_play(score, rng, soundfont), rng, 0.6)
    return segments, _score_truths(score, len(segments))


def _sung(item: Item, rng: random.Random, soundfont: Path | None) -> tuple[Array, list[Truth]]:
    """An arrangement whose lead is a singer."""
    style, number = item.name.rsplit("#", 1)
    score = arrange(style, int(number) + 3000, ARRANGED_SECONDS)
    leads = [part for part in score.parts if part.role == "lead"]
    others = tuple(part for part in score.parts if part.role != "lead")
    melody = leads[0] if leads else max(score.parts, key=lambda part: float(np.median(part.notes[:, 2])))
    backing = replace(score, parts=others or score.parts)
    female = rng.random() < 0.5
    singer = sing_words if rng.random() < WITH_WORDS else sing
    voice = singer(melody.notes, score.seconds, rate=RENDER_RATE, female=female, seed=rng.randrange(2**31))
    audio = _play(backing, rng, soundfont) * 0.7
    audio = audio + rng.uniform(0.35, 0.9) * voice[: audio.shape[1]]
    segments = _finish(audio.astype(np.float32), rng, 0.7)
    return segments, _score_truths(backing, len(segments), "female vocals" if female else "male vocals")


def _stem(item: Item, rng: random.Random, soundfont: Path | None) -> tuple[Array, list[Truth]]:
    what, number = item.name.split("#")[0].split()
    make = drum_stem if what == "kit" else melodic_stem
    score = make(int(number), rng, STEM_SECONDS)
    segments = _finish(_play(score, rng, soundfont), rng, 0.5)
    truths = _score_truths(score, len(segments))
    for truth in truths:  # a part alone has its instrument and tempo, not the character of the piece it is from
        del truth["genre"], truth["mood"]
    return segments, truths


def _midi(item: Item, rng: random.Random, soundfont: Path | None) -> tuple[Array, list[Truth]]:
    path = Path(item.name)
    known = read_truth(path)
    audio = render_midi(path, rate=RENDER_RATE, soundfont=soundfont or draw_soundfont(rng))
    everything = _finish(audio, rng, 0.4)
    rows = chosen_rows(len(everything))
    truths = []
    for row in rows:
        levels = {w: round(v, 4) for w, v in known.active(row * 10.0, row * 10.0 + 10.0).items()}
        truths.append({
            "instrument": {w: v for w, v in levels.items() if w != "choir"},
            "vocal": "choir" if levels.get("choir", 0.0) > 0 else "instrumental",
            "tempo": known.tempo, "key": read_key(path),
        })  # fmt: skip
    return everything[rows], truths


def _recording(item: Item, rng: random.Random, soundfont: Path | None) -> tuple[Array, list[Truth]]:
    audio = read_audio(Path(item.name), RATE)
    if len(audio) < SHORTEST * RATE:
        raise InputError(f"{item.name}: {len(audio) / RATE:.0f} s are too short to learn from; leave it out")
    everything = cut(audio)
    kept = chosen_rows(len(everything))
    loud = [row for row in kept if np.sqrt(np.mean(everything[row] ** 2)) > 1e-3]
    if not loud:
        raise InputError(f"{item.name}: it is silent; leave it out")
    return everything[loud], [{} for _ in loud]


def chosen_rows(count: int) -> list[int]:
    """Which of a piece's segments are kept: all, or four blocks of three, evenly spaced."""
    if count <= BLOCK * MOST_BLOCKS:
        return list(range(count))
    starts = np.linspace(0, count - BLOCK, MOST_BLOCKS).round().astype(int)
    return sorted({int(start) + i for start in starts for i in range(BLOCK)})


def to_model_rate(audio: Array, rate: int = RENDER_RATE) -> Array:
    """Mono float32 at 16 kHz from [channels, N] at `rate`, by FFmpeg's resampler as in `plugin.decode`."""
    import av

    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(audio.mean(0))[None], format="flt", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    parts = [part.to_ndarray()[0] for part in (*resampler.resample(frame), *resampler.resample(None))]
    return np.concatenate(parts).astype(np.float32)


def cut(audio: Array) -> Array:
    """Whole segments [S, 160000] of a piece; a short piece is repeated."""
    if len(audio) < SEGMENT:
        audio = np.tile(audio, -(-SEGMENT // max(1, len(audio))))
    return audio[: len(audio) // SEGMENT * SEGMENT].reshape(-1, SEGMENT)


def read_key(path: Path) -> int:
    """Key index 0..23 from POP909's annotation beside a MIDI file where the piece keeps one key, else -1."""
    annotation = path.with_suffix(".key.txt")
    if not annotation.exists():
        return -1
    keys = {line.split()[2] for line in annotation.read_text().splitlines() if len(line.split()) > 2}
    if len(keys) != 1:
        return -1
    name, mode = keys.pop().split(":")
    tonic = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}[name[0]]
    tonic += name.count("#") - name[1:].count("b")
    return tonic % 12 + (12 if mode.startswith("min") else 0)
