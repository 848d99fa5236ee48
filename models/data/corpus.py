"""The training corpus: arrangements, rendered MIDI and recordings as spectrograms with their truth.

Every item becomes one file of features, so that a run can be stopped and gone on with. Sound itself is not kept.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

from models.data.labels import from_teachers, instruments_from_truth, styles_from_truth
from models.data.vocabulary import load_vocabulary
from models.data.voices import sing
from models.nets.frontend import RATE, SEGMENT, LogMel
from models.nets.rhythm import Rhythm
from models.teachers.musicnn import load_musicnn, score_segments
from models.teachers.yamnet import Yamnet
from plugin.decode import read_audio
from plugin.synth.arranger import arrange
from plugin.synth.effects import random_mastering
from plugin.synth.midi import read_truth
from plugin.synth.render import find_soundfonts, render, render_midi
from plugin.synth.score import Score
from plugin.synth.styles import STYLES

Array = npt.NDArray[np.float32]
RENDER_RATE = 32_000
ARRANGED_SECONDS = 42.0
SUNG_GENRES = {"pop", "rock", "soul", "folk", "country", "jazz", "blues", "funk", "disco", "reggae", "latin", "metal",
               "punk", "bossa nova", "hip hop", "house", "dance", "synthwave"}  # fmt: skip
HELD_OUT = ("Vibe_Ace", "Sugar_Plum")
"""Recordings that are never trained on."""


@dataclass(frozen=True)
class Item:
    """One thing to render or decode.

    Attributes
    ----------
    kind : str
        "arranged", "midi" or "recording".
    name : str
        Style and number, or path.
    """

    kind: str
    name: str

    @property
    def file(self) -> str:
        """Name of the item's file of features."""
        return f"{self.kind}-{zlib.crc32(self.name.encode()):08x}.npz"

    @property
    def held_out(self) -> bool:
        """Whether the item is for evaluation: one arrangement, piece or recording in eight."""
        if any(name in self.name for name in HELD_OUT):
            return True
        return zlib.crc32(self.name.encode()) % 8 == 0 and "Hobbs" not in self.name


def plan(data: Path, recordings: list[Path], *, per_style: int, seed: int = 0) -> list[Item]:
    """List what the corpus holds, in an order that mixes all kinds."""
    rng = random.Random(seed)
    items = [Item("arranged", f"{style}#{n}") for style in STYLES for n in range(per_style)]
    items += [Item("midi", str(path)) for path in sorted((data / "midi/freedoom").glob("*.mid"))]
    items += [Item("midi", str(path)) for path in rng.sample(sorted((data / "midi/pop909").glob("*.mid")), 60)]
    folders = [data / "audio", *recordings]
    items += [Item("recording", str(path)) for folder in folders for path in sorted(folder.glob("*.ogg"))]
    rng.shuffle(items)
    return items


class CorpusMaker:
    """Makes items; holds the teachers and the front-ends.

    Parameters
    ----------
    data : Path
        Folder of the developers' data (teachers).
    """

    def __init__(self, data: Path) -> None:
        self.vocabulary = load_vocabulary()
        self.mel, self.rhythm = LogMel(), Rhythm()
        self.musicnn = {name: load_musicnn(data / "teachers", name) for name in ("mtat", "jamendo")}
        self.yamnet = Yamnet(data / "teachers")

    def make(self, item: Item, folder: Path) -> None:
        """Write the item's features unless they are there.

        The file holds mel float16 [S, 80, 400], onset float16 [S, 1000], chroma float16 [S, 12], target and weight
        float32 [S, V], tempo and key (index 0..23, -1 unknown).
        """
        out = folder / item.file
        if out.exists():
            return
        makers: dict[str, Callable[[Item], dict[str, npt.NDArray[np.generic]]]] = {
            "arranged": self._arranged, "midi": self._midi, "recording": self._recording,
        }  # fmt: skip
        fields = makers[item.kind](item)
        temporary = out.with_suffix(".tmp.npz")
        np.savez(temporary, name=np.array(item.name), kind=np.array(item.kind), **fields)
        temporary.replace(out)

    def _arranged(self, item: Item) -> dict[str, npt.NDArray[np.generic]]:
        style, number = item.name.rsplit("#", 1)
        seed = zlib.crc32(item.name.encode())
        rng = random.Random(seed)
        score = arrange(style, int(number) + 1000, ARRANGED_SECONDS)
        truth = score.truth()
        voice = None
        if SUNG_GENRES & set(truth["genre"]) and rng.random() < 0.35:
            voice = rng.choice(["male vocals", "female vocals"])
        audio, score = self._render(score, voice, rng)
        if rng.random() < 0.6:
            audio = random_mastering(audio, RENDER_RATE, seed)
        segments = cut(to_model_rate(audio))
        target, weight = np.zeros((2, len(segments), len(self.vocabulary)), np.float32)
        styles = styles_from_truth(
            dict.fromkeys(truth["genre"], 1.0), dict.fromkeys(truth["mood"], 1.0), self.vocabulary
        )
        for row in range(len(segments)):
            played = instruments_from_truth(score.active(row * 10.0, row * 10.0 + 10.0), self.vocabulary)
            target[row], weight[row] = styles[0] + played[0], styles[1] + played[1]
            if voice:
                target[row, self.vocabulary.index(voice)] = 1.0
                target[row, self.vocabulary.index("instrumental")] = 0.0
        key = score.tonic + (0 if score.mode == "major" else 12)
        return self._features(segments, target, weight, score.tempo, key)

    def _render(self, score: Score, voice: str | None, rng: random.Random) -> tuple[Array, Score]:
        """Render with a random soundfont; a sung score loses its lead part to the singer."""
        font = rng.choice(find_soundfonts())
        leads = [part for part in score.parts if part.role == "lead"]
        if voice is None or not leads or len(leads) == len(score.parts):
            return render(score, rate=RENDER_RATE, soundfont=font), score
        backing = Score(score.style, score.tempo, score.tonic, score.mode, score.meter,
                        tuple(part for part in score.parts if part.role != "lead"), score.seconds)  # fmt: skip
        audio = render(backing, rate=RENDER_RATE, soundfont=font)
        sung = sing(leads[0].notes, score.seconds, rate=RENDER_RATE, female=voice == "female vocals",
                    seed=rng.randrange(2**31))  # fmt: skip
        level = rng.uniform(0.35, 0.9)
        return (audio * 0.7 + level * sung[: audio.shape[1]]).astype(np.float32), backing

    def _midi(self, item: Item) -> dict[str, npt.NDArray[np.generic]]:
        path = Path(item.name)
        rng = random.Random(item.name)
        truth = read_truth(path)
        audio = render_midi(path, rate=RENDER_RATE, soundfont=rng.choice(find_soundfonts()))
        if rng.random() < 0.3:
            audio = random_mastering(audio, RENDER_RATE, rng.randrange(2**31))
        everything = cut(to_model_rate(audio))
        rows = sorted(rng.sample(range(len(everything)), min(5, len(everything))))
        segments = everything[rows]
        target, weight = self._teach(segments)
        for number, row in enumerate(rows):
            played = instruments_from_truth(truth.active(row * 10.0, row * 10.0 + 10.0), self.vocabulary)
            known = played[1] > 0
            target[number, known], weight[number, known] = played[0][known], played[1][known]
        return self._features(segments, target, weight, truth.tempo, read_key(path))

    def _recording(self, item: Item) -> dict[str, npt.NDArray[np.generic]]:
        audio = read_audio(Path(item.name), RATE)
        segments = cut(audio)
        if "Hobbs" in item.name:
            segments = segments[: len(segments) // 2]  # the second half is for evaluation
        target, weight = self._teach(segments)
        return self._features(segments, target, weight, 0.0, -1)

    def _teach(self, segments: Array) -> tuple[Array, Array]:
        """Targets and weights of segments by all teachers."""
        scores = {name: score_segments(model, segments) for name, (model, _) in self.musicnn.items()}
        rows = []
        for number, segment in enumerate(segments):
            named = {
                name: dict(zip(tags, scores[name][number].tolist(), strict=True))
                for name, (_, tags) in self.musicnn.items()
            }
            named["yamnet"] = dict(zip(self.yamnet.classes, self.yamnet(segment).tolist(), strict=True))
            rows.append(from_teachers(named))
        target, weight = zip(*rows, strict=True)
        return np.stack(target), np.stack(weight)

    @torch.inference_mode()
    def _features(
        self, segments: Array, target: Array, weight: Array, tempo: float, key: int
    ) -> dict[str, npt.NDArray[np.generic]]:
        audio = torch.from_numpy(segments)
        onset, chroma = self.rhythm(audio)
        return {
            "mel": self.mel(audio).half().numpy(), "onset": onset.half().numpy(),
            "chroma": chroma.mean(1).half().numpy(), "target": target, "weight": weight,
            "tempo": np.array(tempo, np.float32), "key": np.array(key),
        }  # fmt: skip


def to_model_rate(audio: Array) -> Array:
    """Mono float32 at 16 kHz from [2, N] at 32 kHz, by FFmpeg's resampler as in `plugin.decode`."""
    import av

    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(audio.mean(0))[None], format="flt", layout="mono")
    frame.sample_rate = RENDER_RATE
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE)
    parts = [part.to_ndarray()[0] for part in (*resampler.resample(frame), *resampler.resample(None))]
    return np.concatenate(parts).astype(np.float32)


def cut(audio: Array) -> Array:
    """Whole segments [S, 160000] of a piece, without those that are nearly silent; a short piece is repeated."""
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
