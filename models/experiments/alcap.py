"""ALCAP: alignment against fusion alone, lyrics alone and music alone, and the weight of the alignment."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import BartConfig

from models.data.lyrics import make_lyrics, telling, themes
from models.datasets.base import DataSet, Record, Split
from models.datasets.folder import Folder
from models.experiments.base import Plot, Results, Run, Section
from models.experiments.corpus import WORDS
from models.systems.alcap.bart import load_bart
from models.systems.alcap.data import IGNORED, AlcapPrepared, prepare, restore
from models.systems.alcap.evaluation import evaluate_captions, write_captions
from models.systems.alcap.recipe import build
from models.systems.alcap.settings import AlcapSettings
from models.systems.alcap.system import Alcap
from models.systems.alcap.tagger import save_tagger
from models.systems.base import State
from models.trainer.features import FeatureStore, fingerprint
from models.trainer.fit import fit

NAME = "alcap"
TITLE = "ALCAP: captions from audio and lyrics"

WEIGHTS = (0.002, 0.02, 0.2, 2.0)
SONG = 2
"""The text of a record that tells of the music and of the theme of the lyrics."""
SONGS = 10_000
"""Made-up songs that BART reads before it sees a caption."""
AGREEMENT = 0.8
"""Share of the songs whose theme suits their mood; the others' is any."""
SUITS: Sequence[tuple[Sequence[str], Sequence[str]]] = (
    (("energetic", "happy", "cheerful", "playful", "funny", "groovy", "uplifting"),
     ("summer and fun", "dancing and the night", "drinking and bars", "friendship")),
    (("dark", "intense", "aggressive", "tense", "suspenseful", "scary", "mysterious", "dramatic"),
     ("protest and anger", "death and grief", "a broken heart", "money and success")),
    (("warm", "romantic", "triumphant", "majestic", "epic", "hopeful"),
     ("love", "faith", "dreams and hope", "travel and the open road")),
    (("calm", "relaxing", "peaceful", "gentle", "dreamy", "melancholic", "nostalgic", "sad", "emotional"),
     ("nature and the seasons", "longing for home", "growing older", "fishing and the outdoors")),
)  # fmt: skip
"""Moods, and the themes that suit them."""
MUSIC, LYRICS, FUSION = "music only", "lyrics only (BART)", "fusion only (BART-fusion)"
FUSION_APART, ALCAP_APART = "fusion only, unrelated lyrics", "ALCAP 0.02, unrelated lyrics"

SMALL: Mapping[str, Any] = {
    "model": {
        "spectrogram": {"mels": 64, "hop": 512},
        "tagger": {
            "channels": [8, 16, 32, 64, 64, 64], "time_strides": [2, 2, 2, 2, 1, 1], "layers": 2, "heads": 4,
            "inner": 128, "dropout": 0.1, "attention_dropout": 0.1, "head_dropout": 0.1,
        },
        "bart": {
            "name": None, "width": 64, "layers": 2, "heads": 4, "inner": 128, "positions": 96, "vocabulary": 1500,
            "attention_dropout": 0.0,
        },
        "fusion_width": 64, "alignment_width": 64,
    },
    "data": {"longest": 20.0, "lyrics_tokens": 72, "caption_tokens": 48, "text": SONG},
    "evaluation": {"beams": 1, "sentences": None, "batch": 30},
    "stages": {
        "tagger": {
            "epochs": 10, "batch": 25, "learning_rate": 2e-3, "schedule": "cosine", "monitor": "loss", "mode": "min",
        },
        "caption": {
            "epochs": 24, "batch": 25, "learning_rate": 2e-3, "warmup": 24, "schedule": "cosine", "monitor": "caption",
            "mode": "min", "evaluate_every": 36,
        },
    },
}  # fmt: skip


def runs(seeds: Sequence[int]) -> list[Run]:
    """All trainings."""
    conditions: dict[str, dict[str, Any]] = {
        MUSIC: {"variant": "bart-fusion", "lyrics": False},
        LYRICS: {"variant": "bart"},
        FUSION: {"variant": "bart-fusion"},
        **{f"ALCAP {weight:g}": {"variant": "alcap", "weight": weight} for weight in WEIGHTS},
        FUSION_APART: {"variant": "bart-fusion", "suited": False},
        ALCAP_APART: {"variant": "alcap", "weight": 0.02, "suited": False},
    }
    return [Run(NAME, condition, seed, options) for seed in seeds for condition, options in conditions.items()]


class SuitedLyrics(Folder):
    """The corpus with other words to its music: about a theme that suits the mood, mostly."""

    def records(self, split: Split) -> list[Record]:
        """Records with new lyrics, and the theme put right in the text that names it."""
        return [suit(record) for record in super().records(split)]


def theme_of(text: str) -> str:
    """Theme that a text names."""
    return max((theme for theme in themes() if theme in text), key=len)


def suit(record: Record) -> Record:
    """Give a record lyrics whose theme suits the first of its moods, `AGREEMENT` of the time."""
    rng = random.Random(f"{record.key} suited")
    mood = next(tag for tag in record.tags if record.tag_groups[tag] == "mood")
    suitable = next(choice for moods, choice in SUITS if mood in moods)
    theme = rng.choice(suitable if rng.random() < AGREEMENT else themes())
    texts = list(record.texts)
    texts[SONG] = texts[SONG].replace(theme_of(texts[SONG]), theme)
    return replace(record, lyrics=make_lyrics(theme, rng), texts=tuple(texts))


def settings_of(run: Run) -> AlcapSettings:
    """Settings of a run."""
    model = {**SMALL["model"], "variant": run.options["variant"]}
    if "weight" in run.options:
        model["alignment_weight"] = run.options["weight"]
    data = {**SMALL["data"], "lyrics": run.options.get("lyrics", True)}
    return AlcapSettings.model_validate({**SMALL, "seed": run.seed, "model": model, "data": data})


def _small_tagger(seed: int, corpus: Path, cache: Path) -> Path:
    """Train the music encoder of a seed, once for all conditions; give the file of its weights."""
    settings = AlcapSettings.model_validate({**SMALL, "seed": seed, "model": {**SMALL["model"], "variant": "alcap"}})
    name = fingerprint(settings.model.spectrogram, settings.model.tagger, settings.stages.tagger, seed)
    folder = cache / f"alcap-tagger-{name}"

    def train(_: str) -> np.ndarray:
        prepared = prepare(settings, Folder(corpus), cache)
        torch.manual_seed(seed)
        system = build(settings, prepared.state())
        fit(system, prepared, settings, device="cpu", progress=False, stages=["tagger"])
        values = system.evaluate(prepared, "test")
        save_tagger(system.tagger, folder / "tagger.pt")
        return np.array([values["roc_auc"], values["pr_auc"]])

    FeatureStore.build(folder, ["areas"], train, dtype=np.float32)  # its lock lets one process train, the others wait
    return folder / "tagger.pt"


def _remember(system: Alcap, prepared: AlcapPrepared, weights: Path) -> None:
    """Let the system know what its frozen music encoder gives, which is the same for all conditions of a seed."""
    middles = {
        example["sound"]: example["middle"]
        for examples in prepared.splits.values()
        for example in (examples.example(index, None) for index in range(len(examples)))
    }
    store = FeatureStore.build(
        weights.parent / "sequences", list(middles), lambda sound: system.hear([middles[sound]])[0].numpy()
    )
    for sound in middles:
        system.heard[sound] = torch.from_numpy(store[sound].astype(np.float32))


def _read_songs(seed: int, state: State, prepared: AlcapPrepared, cache: Path) -> Path:
    """Pretrain BART on made-up songs, once for all conditions of a seed; give the file of its weights.

    It learns to say what a song is about, from any number of songs that are not the corpus's: that stands for the
    English which a published BART knows before it sees a caption.
    """
    folder = cache / f"alcap-bart-{fingerprint(state['bart'], state['tokenizer'], SONGS, seed)}"

    def train(_: str) -> np.ndarray:
        rng = random.Random(seed)
        torch.manual_seed(seed)
        bart = load_bart(None, BartConfig.from_dict(state["bart"])).train()
        optimizer = torch.optim.AdamW(bart.parameters(), 2e-3)
        data, losses = prepared.settings.data, []
        for _step in range(SONGS // 25):
            chosen = [rng.choice(themes()) for _ in range(25)]
            lyrics, mask = prepared.encode([make_lyrics(theme, rng) for theme in chosen], data.lyrics_tokens)
            labels, there = prepared.encode([telling(theme, rng) for theme in chosen], data.caption_tokens)
            labels = labels.masked_fill(there == 0, IGNORED)
            loss = bart(input_ids=lyrics, attention_mask=mask, labels=labels).loss
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(bart.parameters(), 1.0)
            optimizer.step()
            losses.append(loss.item())
        torch.save(bart.state_dict(), folder / "bart.pt")
        return np.array(losses)

    FeatureStore.build(folder, ["losses"], train, dtype=np.float32)  # as for the tagger: one trains, the others wait
    return folder / "bart.pt"


def run(run: Run, corpus: Path, cache: Path) -> dict[str, float]:
    """Train and evaluate one condition."""
    weights = _small_tagger(run.seed, corpus, cache)
    settings = settings_of(run)
    tagger = settings.model.tagger.model_copy(update={"weights": weights})
    settings = settings.model_copy(update={"model": settings.model.model_copy(update={"tagger": tagger})})
    data: DataSet = SuitedLyrics(corpus)
    prepared = prepare(settings, data, cache)
    state = prepared.state()
    if not run.options.get("suited", True):
        data = Folder(corpus)
        prepared = restore(settings, state, data, cache)  # with the same tokenizer
    songs = _read_songs(run.seed, state, prepared, cache)
    torch.manual_seed(run.seed)
    system = build(settings, state)
    system.captioner.bart.load_state_dict(torch.load(songs, weights_only=True))
    _remember(system, prepared, weights)
    result = fit(system, prepared, settings, device="cpu", progress=False, stages=["caption"])
    written = write_captions(system, prepared, "test")
    values = evaluate_captions(system, prepared, "test", written)
    records = {record.key: record for record in data.records("test")}
    values |= facts([(caption, records[key]) for key, (caption, _) in written.items()])
    roc_auc, pr_auc = FeatureStore(weights.parent)["areas"].tolist()
    return values | {"valid_caption_loss": result.best["caption"], "tagger_roc_auc": roc_auc, "tagger_pr_auc": pr_auc}


def slots(record: Record) -> dict[str, list[str]]:
    """What a caption may name of a record, by kind: any of the words is right."""
    said = tomllib.loads(WORDS.read_text(encoding="utf-8"))["tempo"]
    words: dict[str, list[str]] = {"theme": [theme_of(record.texts[SONG])]}
    for tag, group in record.tag_groups.items():
        if group in ("genre", "mood", "instrument"):
            words.setdefault(group, []).append(tag)
        elif group == "tempo":
            words["tempo"] = list(said[tag])
    return words


def facts(written: Sequence[tuple[str, Record]]) -> dict[str, float]:
    """Share of the kinds of facts of which a caption names a true one, in percent, by kind and over all.

    The chance level is that of the same captions on the other records.
    """
    values: dict[str, float] = {}
    truths = [slots(record) for _, record in written]
    kinds = list(truths[0])
    apart = ~np.eye(len(written), dtype=bool)
    for kind in kinds:
        patterns = [re.compile("|".join(rf"\b{re.escape(word)}\b" for word in truth[kind])) for truth in truths]
        named = np.array([[bool(pattern.search(caption)) for pattern in patterns] for caption, _ in written])
        values[f"named_{kind}"] = 100 * float(named.diagonal().mean())
        values[f"chance_named_{kind}"] = 100 * float(named[apart].mean())
    for name in ("named", "chance_named"):
        values[name] = float(np.mean([values[f"{name}_{kind}"] for kind in kinds]))
        values[f"{name}_heard"] = float(np.mean([values[f"{name}_{kind}"] for kind in kinds if kind != "theme"]))
    return values


SHOWN = {"rouge1": "ROUGE-1", "rouge2": "ROUGE-2", "rougeL": "ROUGE-L", "meteor": "METEOR", "cider": "CIDEr"}
TRUTH = {
    "named": "facts named %",
    "chance_named": "by chance",
    "named_heard": "of the music %",
    "named_theme": "theme %",
}
ALCAP = "ALCAP 0.02"
FOUND, CHANCE_FOUND = "lyrics_by_music_recall@10", "lyrics_by_music_chance_recall@10"
TEXT = """\
A BART of 2 layers, pretrained on {songs} made-up songs to say what they are about, reads the lyrics and writes the \
caption; a tagger like that of Won et al., trained once a \
seed on the training pieces' tags (test ROC-AUC {roc_auc:.3f}, PR-AUC {pr_auc:.3f}), is its frozen music encoder. All \
conditions of a seed share the tagger, the data and {epochs} epochs. Captions are greedy, and compared with the one \
text that tells of the music and of the theme of the words.

In the corpus itself the words have nothing to do with the music, and then no alignment can carry over to new songs \
(the paper's proposition 4.2). So every piece has other words here, whose theme suits its mood for {agreement:.0f} % \
of the pieces; the corpus as it is gives the two conditions "unrelated lyrics". The aligned codes find the lyrics \
of a test piece by its music among the first 10 of 120 for {found:.1f} % of the pieces, for {found_apart:.1f} % where \
lyrics are unrelated, {chance:.1f} % by chance. "Facts named": of genre, mood, instrument, tempo and theme, the share \
of which a caption names a true one; by chance: the same captions on other pieces. ALCAP with weight 0 is fusion only. \
Best ROUGE-L of the sweep: {best}. BART learns to read themes better in some seeds than in others, which is most of \
the spread between seeds; lyrics only named the theme, seed by seed, for {themes} % of the pieces.{meteor}"""


def report(results: Results) -> Section:
    """What came out."""
    main = [MUSIC, LYRICS, FUSION, *(f"ALCAP {weight:g}" for weight in WEIGHTS)]
    apart = [FUSION_APART, ALCAP_APART]
    shown = {name: head for name, head in SHOWN.items() if name in results.values[main[0], results.seeds[0]]}
    sweep = {FUSION: WEIGHTS[0] / 10} | {f"ALCAP {weight:g}": weight for weight in WEIGHTS}
    best = max(sweep, key=lambda condition: results.mean(condition, "rougeL"))
    text = TEXT.format(
        themes=", ".join(f"{value:.0f}" for value in results.of(LYRICS, "named_theme")),
        agreement=100 * AGREEMENT, songs=SONGS, epochs=SMALL["stages"]["caption"]["epochs"],
        roc_auc=results.mean(MUSIC, "tagger_roc_auc"), pr_auc=results.mean(MUSIC, "tagger_pr_auc"),
        found=results.mean(ALCAP, FOUND), chance=results.mean(ALCAP, CHANCE_FOUND),
        found_apart=results.mean(ALCAP_APART, FOUND), best=best,
        meteor="" if "meteor" in shown else " METEOR is left out: there was no WordNet.",
    )  # fmt: skip
    claims = [
        results.claim("Alignment before fusion helps", "rougeL", ALCAP, FUSION),
        results.claim("Alignment before fusion helps captions to be true", "named", ALCAP, FUSION),
        results.claim("Music beside lyrics helps", "rougeL", FUSION, LYRICS),
        results.claim("Music beside lyrics helps captions to be true", "named", FUSION, LYRICS),
        results.claim("Lyrics beside music help", "named", FUSION, MUSIC),
        results.claim("A weight of 2 is too large", "rougeL", ALCAP, "ALCAP 2"),
        results.claim("A weight of 0.002 is too small", "rougeL", ALCAP, "ALCAP 0.002"),
        results.claim("Alignment helps even where lyrics and music are unrelated", "rougeL", ALCAP_APART, FUSION_APART),
    ]  # fmt: skip
    return Section(
        TITLE,
        text,
        claims,
        [
            results.table("Captions of songs whose lyrics suit the music", shown, main),
            results.table("Facts that the captions name", TRUTH, [*main, *apart]),
            results.table("Captions of songs whose lyrics are unrelated to the music", shown, apart),
        ],
        [
            Plot(
                "alcap-weight", "ALCAP: weight of the alignment (leftmost: none)", "weight", "ROUGE-L",
                [results.line("ROUGE-L", "rougeL", sweep), results.line("facts named %", "named", sweep)], log=True,
            )
        ],
    )  # fmt: skip
