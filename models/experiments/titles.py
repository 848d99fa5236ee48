"""Song titles: beams and their cost, spectrogram against timbre, depth, decoder, tiles, and transfer from pictures."""

from __future__ import annotations

import csv
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch

from models.datasets.folder import Folder
from models.experiments.base import Claim, Plot, Results, Run, Section, Table
from models.experiments.corpus import WORDS
from models.systems.titles.data import PreparedTitles, prepare
from models.systems.titles.evaluation import encode_split, scored, titles
from models.systems.titles.recipe import RECIPE
from models.systems.titles.settings import TitlesSettings
from models.systems.titles.system import Titles
from models.trainer.features import FeatureStore, fingerprint
from models.trainer.fit import fit
from plugin.synth.scenes import random_scene, render_scene

NAME = "titles"
TITLE = "Song titles: an image-captioning network on spectrograms"

BEAMS = (1, 2, 3, 5, 10, 15, 20)
TILES = (8, 16, 32, 64)
BATCH = 120
"""Sequences of a step where titles are searched many at a time."""
BASE, TIMBRE, TRANSFORMER = "spectrogram, ResNet-10, LSTM", "timbre, LSTM", "spectrogram, ResNet-10, Transformer"
DEEPER = "spectrogram, ResNet-34, LSTM"
TILED = "spectrogram in tiles of 32, ResNet-10, LSTM"
TRANSFER = "learnt from pictures, run on spectrograms"
SCENES = {"train": 240, "valid": 40, "test": 40}
"""Pictures with captions to learn from."""
SIDE = (96, 72)
"""Their width and height; crops are of 64."""

SMALL: Mapping[str, Any] = {
    "model": {"depth": 10, "narrow": 4, "width": 128, "embedding": 128, "heads": 4, "layers": 2},
    "data": {"rate": 16_000, "seconds": 10.0, "pool": 8, "longest": 12, "crop": 64},
    # One row: titles are searched one at a time, as a user waits for them.
    "evaluation": {"beams": BEAMS, "rows": 1},
    "stages": {
        "train": {
            "epochs": 40, "batch": 32, "optimizer": "adam", "learning_rate": 1e-3, "weight_decay": 0.0, "clip": 5.0,
        }
    },
}  # fmt: skip


def runs(seeds: Sequence[int]) -> list[Run]:
    """All trainings."""
    conditions: dict[str, dict[str, Any]] = {
        BASE: {},
        TIMBRE: {"data": {"source": "timbre"}},
        TRANSFORMER: {"model": {"decoder": "transformer"}},
        DEEPER: {"model": {"depth": 34}},
        # The perplexity, unlike the loss, is that of tiles on the validation split, too.
        TILED: {
            "data": {"tile": 32, "tile_training": True},
            "evaluation": {"beams": (1, 5), "rows": 512},
            "stages": {"train": {**SMALL["stages"]["train"], "monitor": "perplexity"}},
        },
        TRANSFER: {"pictures": True},
    }
    return [Run(NAME, condition, seed, options) for seed in seeds for condition, options in conditions.items()]


def settings_of(run: Run) -> TitlesSettings:
    """Settings of a run."""
    parts = {part: {**SMALL[part], **run.options.get(part, {})} for part in ("model", "data", "evaluation", "stages")}
    return TitlesSettings.model_validate({"seed": run.seed, **parts})


def run(run: Run, corpus: Path, cache: Path) -> dict[str, float]:
    """Train and evaluate one condition."""
    settings = settings_of(run)
    if run.options.get("pictures"):
        return _transfer(settings, corpus, cache)
    prepared = prepare(settings, Folder(corpus), cache)
    system = _trained(settings, prepared)
    values: dict[str, float] = {}
    if settings.data.tile is None:
        values = system.evaluate(prepared, "test")
    if run.condition == BASE:
        values |= _batched(settings, system, prepared)
    if run.condition in (BASE, TILED):
        values |= _tiles(settings, system, corpus, cache)
    return values | {"titles": float(len(prepared.splits["test"]))}


def _trained(settings: TitlesSettings, prepared: PreparedTitles) -> Titles:
    torch.manual_seed(settings.seed)
    system = RECIPE.build(settings, prepared.state())
    assert isinstance(system, Titles)
    fit(system, prepared, settings, device="cpu", progress=False)
    return system


def _batched(settings: TitlesSettings, system: Titles, prepared: PreparedTitles) -> dict[str, float]:
    """Time for a title where `BATCH` sequences are searched at once."""
    encoded = encode_split(system, prepared, "test")
    with _rows(system, settings, BATCH):
        return {f"batched_seconds_k{beams}": titles(system, encoded.memory, beams)[1] for beams in BEAMS}


@contextmanager
def _rows(system: Titles, settings: TitlesSettings, rows: int, **data: Any) -> Iterator[TitlesSettings]:
    """Lend a system other settings of its evaluation."""
    lent = settings.model_copy(
        update={
            "data": settings.data.model_copy(update=data),
            "evaluation": settings.evaluation.model_copy(update={"rows": rows}),
        }
    )
    system.settings = lent
    try:
        yield lent
    finally:
        system.settings = settings


def _tiles(settings: TitlesSettings, system: Titles, corpus: Path, cache: Path) -> dict[str, float]:
    """Title the tiles of the test pictures, many at a time."""
    values: dict[str, float] = {}
    for side in TILES:
        with _rows(system, settings, 512, tile=side) as lent:
            prepared = prepare(lent, Folder(corpus), cache)
            encoded = encode_split(system, prepared, "test")
            for beams in (1, 5):
                found = scored(encoded, titles(system, encoded.memory, beams)[0])
                values |= {f"tile{side}_{name}_k{beams}": found[name] for name in ("bleu1", "chance1")}
    return values


def _transfer(settings: TitlesSettings, corpus: Path, cache: Path) -> dict[str, float]:
    """Learn from pictures and captions, then title pictures and spectrograms."""
    pictures = prepare(settings, Folder(write_gallery(cache)), cache)
    system = _trained(settings, pictures)
    at_home = system.evaluate(pictures, "test")
    # No caption names an instrument: titles that do are kept, or little would be left to test on.
    abroad = settings.model_copy(update={"data": settings.data.model_copy(update={"known_words": False})})
    music = prepare(abroad, Folder(corpus), cache, splits=("test",), state=pictures.state())
    values = system.evaluate(music, "test")
    return {**values, **{f"pictures_{name}": value for name, value in at_home.items()},
            "titles": float(len(music.splits["test"]))}  # fmt: skip


def write_gallery(cache: Path) -> Path:
    """Make pictures of scenes whose captions have the titles' words; a data set of the kind `folder`, made once.

    A caption is the scene's strongest mood and a word for its energy, from the lists that titles take
    theirs from: the language is shared, as the paper supposes of captions and titles, and pictures never sound.
    """
    words = tomllib.loads(WORDS.read_text(encoding="utf-8"))["titles"]
    folder = cache / f"titles-gallery-{fingerprint(SCENES, SIDE, words)}"
    rows: list[dict[str, str]] = []

    def make(_: str) -> np.ndarray:
        for number, split in enumerate(split for split, count in SCENES.items() for _ in range(count)):
            spec = random_scene(90_000 + number)
            mood = max(spec.truth()["mood"].items(), key=lambda item: item[1])[0]
            energy = spec.truth()["energy"]
            tempo = "slow" if energy < 0.4 else "medium" if energy < 0.6 else "fast"
            pace = random.Random(number).choice(words[tempo])
            picture = next(iter(render_scene(spec, fps=1.0, size=SIDE, seconds=1.0)))
            name = f"{number:03d}.png"
            (folder / name).write_bytes(_png(picture))
            rows.append({"key": name, "split": split, "image": name, "text": f"{mood} {pace}"})
        with (folder / "records.csv").open("w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
        return np.array([float(len(rows))])

    FeatureStore.build(folder, ["made"], make, dtype=np.float32)  # its lock lets one process paint, the others wait
    return folder


def _png(picture: np.ndarray) -> bytes:
    """Encode uint8 [H, W, 3]."""
    context = av.CodecContext.create("png", "w")
    context.height, context.width = picture.shape[:2]
    context.pix_fmt = "rgb24"
    context.time_base = Fraction(1)
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)])


def by_beams(results: Results, condition: str, *more: str) -> Results:
    """Give the numbers of a condition with the sizes of the beam as conditions."""
    names = ("bleu1", "precision1", "chance1", "words", "seconds", *more)
    return Results(
        {
            (f"k = {beams}", seed): {name: values[f"{name}_k{beams}"] for name in names}
            for beams in BEAMS
            for (found, seed), values in results.values.items()
            if found == condition
        }
    )


def by_tiles(results: Results, condition: str) -> Results:
    """Give the numbers of a condition with the sizes of the tile as conditions."""
    names = [f"{name}_k{beams}" for name in ("bleu1", "chance1") for beams in (1, 5)]
    return Results(
        {
            (f"tiles of {side}", seed): {name: values[f"tile{side}_{name}"] for name in names}
            for side in TILES
            for (found, seed), values in results.values.items()
            if found == condition
        }
    )


def linear(results: Results, metric: str, how: str) -> Claim:
    """Test that the time for a title grows linearly with the size of the beam."""
    mean = [results.mean(f"k = {beams}", metric) for beams in BEAMS]
    slope, start = np.polyfit(BEAMS, mean, 1)
    correlation = float(np.corrcoef(BEAMS, mean)[0, 1])
    return Claim(
        f"The running time grows linearly with the size of the beam (figure 8b): {how}",
        "holds" if correlation**2 > 0.95 and slope > 0 else "leans" if correlation > 0.9 else "does not hold",
        f"line through the means: {1000 * start:.2g} ms + {1000 * slope:.2g} ms x k, R² {correlation**2:.3f}; "
        f"{mean[-1] / mean[0]:.1f} times as long for k = 20 as for k = 1",
    )


def no_worse(results: Results, shallow: str, deep: str, metric: str) -> Claim:
    """Test that the shallow network loses no more than the spread over seeds."""
    gains = results.difference(metric, shallow, deep)
    mean, spread = float(np.mean(gains)), float(np.std(gains, ddof=1)) if len(gains) > 1 else 0.0
    return Claim(
        "A shallower ResNet is no worse (section 6)",
        "holds" if mean >= 0 else "leans" if -mean <= spread else "does not hold",
        f"{metric}: {results.mean(shallow, metric):.3g} (10 layers) against {results.mean(deep, metric):.3g} (34); "
        f"gain {mean:+.3g} ± {spread:.2g}",
    )


def report(results: Results) -> Section:
    """Claims, tables and plots."""
    beams, tiles = by_beams(results, BASE, "batched_seconds"), by_tiles(results, BASE)
    searched = [BASE, TIMBRE, TRANSFORMER, DEEPER]
    at_home = Results(
        {
            (name, seed): {"bleu1_k5": values[key]}
            for (condition, seed), values in results.values.items()
            if condition == TRANSFER
            for name, key in (
                ("spectrograms", "bleu1_k5"), ("spectrograms, chance", "chance1_k5"),
                ("pictures", "pictures_bleu1_k5"), ("pictures, chance", "pictures_chance1_k5"),
            )
        }
    )  # fmt: skip
    claims = [
        beams.claim("A beam of 5 beats greedy search (table 4)", "bleu1", "k = 5", "k = 1"),
        beams.claim("Beyond 5, larger beams lose again (table 4)", "bleu1", "k = 5", "k = 20"),
        linear(beams, "seconds", "one title at a time"),
        linear(beams, "batched_seconds", f"{BATCH} sequences at once"),
        results.claim("Greedy, the spectrogram beats timbre (table 4)", "bleu1_k1", BASE, TIMBRE),
        results.claim("With 5 beams, timbre is slightly ahead of the spectrogram (table 4)", "bleu1_k5", TIMBRE, BASE),
        no_worse(results, BASE, DEEPER, "bleu1_k5"),
        results.claim("A Transformer decoder gains on the LSTM (future work)", "bleu1_k5", TRANSFORMER, BASE),
        tiles.claim("Small tiles beat one large one (table 4)", "bleu1_k5", "tiles of 8", "tiles of 64"),
        at_home.claim(
            "What learnt from pictures alone titles music (the paper's transfer)",
            "bleu1_k5", "spectrograms", "spectrograms, chance",
        ),
    ]  # fmt: skip
    shown = {
        "bleu1_k1": "unigram BLEU, k = 1", "bleu1_k5": "k = 5", "bleu1_k20": "k = 20", "chance1_k5": "chance, k = 5",
        "rougeL_k5": "ROUGE-L, k = 5", "distinct2_k5": "distinct-2, k = 5", "perplexity": "perplexity",
        "seconds_k5": "seconds a title, k = 5",
    }  # fmt: skip
    per_beam = {
        "bleu1": "unigram BLEU", "precision1": "unigram precision", "chance1": "chance", "words": "words a title",
        "seconds": "seconds a title", "batched_seconds": "in batches",
    }  # fmt: skip
    per_tile = {"bleu1_k1": "unigram BLEU, k = 1", "chance1_k1": "chance", "bleu1_k5": "k = 5", "chance1_k5": "chance"}
    places = {f"k = {size}": float(size) for size in BEAMS}
    tables: list[Table] = [
        results.table("Unigram BLEU of titles by input, depth and decoder", shown, searched),
        beams.table(f"Size of the beam ({BASE})", per_beam),
        tiles.table("Tiles of the pictures, learnt from whole ones", per_tile),
        by_tiles(results, TILED).table("Tiles of the pictures, learnt from tiles of 32", per_tile),
        at_home.table("Learnt from pictures and their captions", {"bleu1_k5": "unigram BLEU, k = 5"}),
    ]
    plots = [
        Plot(
            "titles-beams", "Titles by size of the beam", "beams k", "unigram BLEU",
            [by_beams(results, name).line(name, "bleu1", places) for name in (BASE, TIMBRE, TRANSFORMER, TRANSFER)],
        ),
        Plot(
            "titles-time", "Time of the search", "beams k", "seconds a title",
            [by_beams(results, name).line(name, "seconds", places) for name in (BASE, TRANSFORMER)],
        ),
    ]  # fmt: skip
    count, left = results.mean(BASE, "titles"), results.mean(BASE, "left_out")
    text = (
        f"Spectrograms of the first 10 s ({64} bins x 78 frames), 300 titles to learn from, 40 epochs of Adam at 1e-3; "
        f"a quarter of the published channels. {count:.0f} test titles; the filter left out {left:.0f} (words that "
        "WordNet or the vocabulary does not have). Titles are searched one at a time on one thread, without length "
        "normalisation. Chance is the score of the same titles on other pieces. Tiles count as in the paper: each is "
        "titled alone, the scores are averaged. For the transfer, "
        f"{SCENES['train']} pictures of scenes with captions of the titles' vocabulary (moods and paces, no "
        "instruments) take the place of Conceptual Captions; the paper's ImageNet weights are not there."
    )
    return Section(TITLE, text, claims, tables, plots)
