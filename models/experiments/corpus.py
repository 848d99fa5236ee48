"""The controlled corpus: music, lyrics and scenes of our own with known truth, as a data set of the kind `folder`.

What is independent by design, so that a claim can be tested:

- genre, mood, instruments, tempo and mode are in the sound and nowhere else (`texts` 0 and 1, the title);
- the theme is in the lyrics and nowhere else; `texts` 2 names it beside what is heard;
- the scene of a piece agrees with its mood, and with nothing else of it.
"""

from __future__ import annotations

import csv
import multiprocessing
import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import av
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F

from models.data.lyrics import make_lyrics, themes
from models.nets.video import SIZE, statistics
from plugin.synth.arranger import arrange
from plugin.synth.render import render
from plugin.synth.scenes import SceneSpec, random_scene, render_scene
from plugin.synth.score import Score

WORDS = Path(__file__).with_suffix(".toml")
RATE = 16_000
SECONDS = 20.0
PIECES = 16
"""Pieces of each style: 10 to learn from, 2 to choose by, 4 to test on."""
SPLITS = ("train",) * 10 + ("valid",) * 2 + ("test",) * 4
SCENE_FPS = 2.0
CANDIDATES = 24
"""Scenes drawn for a piece, of which the one whose moods agree best is taken."""
TEMPO_BOUNDS = (88.0, 124.0)
"""Below the first a piece is slow, from the second on it is fast (beats per minute)."""
COLUMNS = ("key", "split", "group", "audio", "text1", "text2", "text3", "title", "lyrics", "tags", "tag_groups",
           "n_tempo", "n_mode", "n_key", "f_video")  # fmt: skip


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Piece:
    """One piece of the corpus, before it is played.

    Attributes
    ----------
    style : str
        Key of `plugin.synth.styles.STYLES`.
    number : int
        0 to PIECES - 1; decides the split.
    """

    style: str
    number: int

    @property
    def key(self) -> str:
        """Name of the piece."""
        return f"{self.style}-{self.number:02d}"

    def random(self, what: str) -> random.Random:
        """Give a generator of its own for every purpose, so that one more draw here changes nothing there."""
        return random.Random(f"{self.key} {what}")


def pieces(per_style: int = PIECES) -> list[Piece]:
    """All pieces, in order of their numbers so that the first ones hold every style."""
    return [Piece(style, number) for number in range(per_style) for style in _words()["styles"]]


def attributes(score: Score) -> dict[str, Any]:
    """What is known of a piece: genre, moods, the two loudest instruments, tempo word and mode."""
    truth = score.truth()
    levels = score.active(0.0, score.seconds)
    heard = [word for word, level in levels.items() if level > 0.15] or list(levels)
    # Several words may stand for one part (guitar, acoustic guitar): the more exact one is said.
    exact = [word for word in heard if not any(other != word and other.endswith(" " + word) for other in heard)]
    low, high = TEMPO_BOUNDS
    tempo = "slow" if score.tempo < low else "fast" if score.tempo >= high else "medium"
    moods = list(truth["mood"])
    return {
        "genre": truth["genre"][0], "genres": truth["genre"], "moods": moods, "instruments": heard,
        "named": (exact * 2)[:2] if len(exact) < 2 else exact[:2], "tempo": tempo, "mode": score.mode,
    }  # fmt: skip


def _tidy(text: str) -> str:
    """Put `a`/`an` right and begin with a capital."""
    words = text.split(" ")
    for place, word in enumerate(words[:-1]):
        if word in ("a", "A", "an", "An"):
            vowel = words[place + 1][:1].lower() in "aeiou"
            words[place] = word[0] + ("n" if vowel else "")
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def _patterns(kind: str, known: Mapping[str, Any]) -> list[str]:
    """Sentence patterns; a solo has no second instrument to name."""
    patterns: list[str] = _words()["sentences"][kind]
    if len(set(known["named"])) == 2:
        return patterns
    alone = [pattern for pattern in patterns if not pattern.startswith("{First} and")]
    return [re.sub(r"(,? with| and|,? in front of) \{second\}", "", pattern) for pattern in alone]


def _fill(pattern: str, known: Mapping[str, Any], theme: str, rng: random.Random) -> str:
    tempo = rng.choice(_words()["tempo"][known["tempo"]])
    moods = rng.sample(known["moods"], len(known["moods"]))
    first, second = known["named"]
    adverb = {"slow": "slowly", "medium": "at a steady pace", "fast": "quickly"}[known["tempo"]]
    filled = pattern.format(
        genre=known["genre"], mood=moods[0], mood2=moods[-1], Mood=moods[0].capitalize(), first=first,
        First=first.capitalize(), second=second, tempo=tempo, tempo_adverb=adverb,
        mode=rng.choice(_words()["mode"][known["mode"]]), theme=theme,
    )  # fmt: skip
    return _tidy(filled)


def sentences(piece: Piece, known: Mapping[str, Any], theme: str) -> list[str]:
    """Two sentences about the music and one that names the theme of the words as well."""
    rng = piece.random("sentences")
    music, song = rng.sample(_patterns("music", known), 2), rng.choice(_patterns("song", known))
    return [_fill(pattern, known, theme, rng) for pattern in [*music, song]]


def title(piece: Piece, known: Mapping[str, Any]) -> str:
    """A title of two to four words that can be guessed from the sound."""
    rng, words = piece.random("title"), _words()["titles"]
    return str(rng.choice(words["patterns"])).format(
        mood=known["moods"][0], first=known["named"][0], genre=known["genre"], pace=rng.choice(words[known["tempo"]])
    )


def scene(piece: Piece, known: Mapping[str, Any]) -> SceneSpec:
    """Of `CANDIDATES` random scenes the one whose moods, by the stated prior, are most those of the piece."""
    rng = piece.random("scene")
    drawn = [random_scene(rng.randrange(2**31)) for _ in range(CANDIDATES)]
    return max(drawn, key=lambda spec: sum(spec.truth()["mood"].get(mood, 0.0) for mood in known["moods"]))


def frame_statistics(spec: SceneSpec) -> npt.NDArray[np.float16]:
    """Light, colour, motion and a coarse picture of every frame.

    Returns
    -------
    ndarray
        float16 [40, 64]: the 16 of `models.nets.video.statistics`, then the mean colours of a 4 x 4 grid.
    """
    frames = np.stack(list(render_scene(spec, fps=SCENE_FPS, size=(SIZE, SIZE), seconds=SECONDS)))
    pictures = torch.from_numpy(frames).permute(0, 3, 1, 2)[None].float() / 255.0
    coarse = F.adaptive_avg_pool2d(pictures[0], 4).flatten(1)
    return torch.cat([statistics(pictures)[0], coarse], dim=1).half().numpy()


def _write_flac(path: Path, audio: npt.NDArray[np.float32]) -> None:
    """Write mono float32 [N] as 16-bit FLAC."""
    with av.open(str(path), "w", format="flac") as out:
        stream = out.add_stream("flac", rate=RATE, layout="mono", format="s16")
        samples = (np.clip(audio, -1.0, 1.0) * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = RATE
        out.mux([*stream.encode(frame), *stream.encode(None)])


def make(piece: Piece, folder: Path) -> dict[str, str]:
    """Play, film and describe a piece; give its row. Files that are there are kept."""
    score = arrange(piece.style, 5000 + piece.number, SECONDS, guests=True)
    known = attributes(score)
    sound, film = folder / "audio" / f"{piece.key}.flac", folder / "video" / f"{piece.key}.npy"
    if not sound.exists():
        stereo = render(score, rate=RATE, seed=piece.number)
        _write_flac(sound.with_suffix(".tmp"), stereo.mean(0)[: round(SECONDS * RATE)])
        sound.with_suffix(".tmp").replace(sound)
    if not film.exists():
        with film.with_suffix(".tmp").open("wb") as file:
            np.save(file, frame_statistics(scene(piece, known)))
        film.with_suffix(".tmp").replace(film)
    theme = piece.random("theme").choice(themes())
    tags = {
        "genre": known["genres"], "mood": known["moods"], "instrument": known["instruments"],
        "tempo": [known["tempo"]], "mode": [known["mode"]],
    }  # fmt: skip
    texts = sentences(piece, known, theme)
    return {
        "key": piece.key, "split": SPLITS[piece.number], "group": piece.key, "audio": f"audio/{sound.name}",
        "text1": texts[0], "text2": texts[1], "text3": texts[2], "title": title(piece, known),
        "lyrics": make_lyrics(theme, piece.random("lyrics")),
        "tags": ";".join(f"{word}:1" for word in chain(*tags.values())),
        "tag_groups": ";".join(f"{word}:{group}" for group, words in tags.items() for word in words),
        "n_tempo": f"{score.tempo:g}", "n_mode": str(int(score.mode == "major")), "n_key": str(score.tonic),
        "f_video": f"video/{film.name}",
    }  # fmt: skip


def _make(task: tuple[Piece, Path]) -> dict[str, str]:
    torch.set_num_threads(1)
    return make(*task)


def make_corpus(folder: Path, *, per_style: int = PIECES, processes: int = 2) -> Path:
    """Make the corpus, or what is missing of it.

    Returns
    -------
    Path
        The table, `records.csv`, written last: where it exists the corpus is whole.
    """
    for name in ("audio", "video"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    tasks = [(piece, folder) for piece in pieces(per_style)]
    rows: list[dict[str, str]] = []
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        for done, row in enumerate(pool.imap(_make, tasks), 1):
            rows.append(row)
            if done % 60 == 0:
                print(f"corpus {done}/{len(tasks)}", flush=True)
    return _write(folder / "records.csv", rows)


def _write(path: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    temporary = path.with_suffix(".tmp")
    with temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return temporary.replace(path)
