"""ViML: text dropout, fusion, three ways to write training text, variants, temperature, ensembles."""

from __future__ import annotations

import os
import shutil
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from models.datasets.base import Split
from models.datasets.folder import Folder
from models.experiments.base import Claim, Plot, Results, Run, Section
from models.metrics import retrieval
from models.systems.base import Prepared
from models.systems.viml.ensemble import ensemble, search_alpha
from models.systems.viml.evaluation import embed, queries
from models.systems.viml.prepare import prepare
from models.systems.viml.recipe import build
from models.systems.viml.settings import ViMLSettings
from models.systems.viml.synthesis import select
from models.systems.viml.synthesis.miniature import MiniatureSettings, train_miniature
from models.systems.viml.synthesis.prompt import Example
from models.systems.viml.system import ViML
from models.trainer.features import fingerprint
from models.trainer.fit import fit

NAME = "viml"
TITLE = "ViML: music for a video, steered by text"

DROPOUTS = {f"text dropout {rate:g}": rate for rate in (0.0, 0.4, 0.8, 0.95)}
BASE = "text dropout 0.8"
FUSIONS = ("addition", "linear", "mlp", "transformer1")
TAGS, PROMPT = "trained on tags", "trained on prompt2text"
MT, MVPT, MVPT_PLUS = "MT", "MVPt", "MVPt+"
ENSEMBLES = "ensembles"
MEMBERS = {"ViML": {"variant": "viml"}, "MT": {"variant": "mt"}, "MVPt+": {"variant": "mvpt+"}}
PAIRED = (("MT", "MVPt+"), ("ViML", "MVPt+"), ("ViML", "MT"))
METRICS = ("recall@1", "recall@5", "recall@10", "median_rank", "mrr")

SMALL: Mapping[str, Any] = {
    "model": {"width": 64, "heads": 4, "inner": 128, "dropout": 0.3},
    "data": {
        "video": "records", "video_rate": 2.0, "music": "statistics", "text_encoder": "sentence", "standardise": True,
        "text": "data2text", "texts_per_record": 3,
    },
    "stages": {
        "train": {
            "steps": 300, "batch": 100, "learning_rate": 1e-3, "weight_decay": 0.1, "warmup": 20,
            "evaluate_every": 30, "patience": None,
        }
    },
}  # fmt: skip


def runs(seeds: Sequence[int]) -> list[Run]:
    """All trainings; that of the ensembles is three."""
    conditions: dict[str, dict[str, Any]] = {
        **{name: {"data": {"text_dropout": rate}} for name, rate in DROPOUTS.items()},
        **{f"fusion {kind}": {"model": {"fusion": kind}} for kind in FUSIONS},
        TAGS: {"data": {"text": "tags"}},
        PROMPT: {"data": {"text": "prompt2text"}},
        MT: {"model": {"variant": "mt"}},
        MVPT: {"model": {"variant": "mvpt"}},
        MVPT_PLUS: {"model": {"variant": "mvpt+"}},
        ENSEMBLES: {"data": {"text": "tags", "query_text": "tags"}},
    }
    return [Run(NAME, condition, seed, options) for seed in seeds for condition, options in conditions.items()]


def settings_of(
    run: Run, model: Mapping[str, Any] | None = None, data: Mapping[str, Any] | None = None
) -> ViMLSettings:
    """Settings of a run, with changes."""
    parts: dict[str, Any] = {part: {**SMALL[part], **run.options.get(part, {})} for part in SMALL}
    parts["model"] |= model or {}
    parts["data"] |= data or {}
    return ViMLSettings.model_validate({"seed": run.seed, **parts})


def run(run: Run, corpus: Path, cache: Path) -> dict[str, float]:
    """Train and evaluate on the test split; of the ensembles find alpha on the validation split first."""
    if run.condition == ENSEMBLES:
        return _ensembles(run, corpus, cache)
    data = {}
    if run.condition == PROMPT:
        data = {"synthesis": {"model": str(miniature(corpus, cache)), "batch": 32}}
    system, prepared = _train(settings_of(run, data=data), corpus, cache)
    values = system.evaluate(prepared, "test")
    found = {name.removeprefix("track/"): value for name, value in values.items() if name.startswith("track/")}
    return {name: value for name, value in found.items() if not name.endswith("queries")}


def _train(settings: ViMLSettings, corpus: Path, cache: Path) -> tuple[ViML, Prepared]:
    prepared = prepare(settings, Folder(corpus), cache)
    torch.manual_seed(settings.seed)
    system = build(settings, prepared.state())
    fit(system, prepared, settings, folder=None, device="cpu", progress=False)
    return system, prepared


def miniature(corpus: Path, cache: Path) -> Path:
    """Train the small language model of `prompt2text`, once for all seeds.

    It learns from the tags and sentences of the validation pieces: as in the paper a small number of human texts, of
    pieces whose texts no retrieval model sees in training or is tested with.
    """
    records = Folder(corpus).records("valid")
    pairs = [
        Example(select(record.tags, record.tag_groups, 0.3, 15), text)
        for record in records
        for text in record.texts[:2]
    ]
    settings = MiniatureSettings()
    name = fingerprint(settings, [(pair.text, [tag.word for tag in pair.tags]) for pair in pairs])
    folder = cache / f"viml-language-model-{name}"
    if not folder.exists():
        temporary = train_miniature(pairs, folder.with_name(f"{folder.name}-{os.getpid()}"), settings)
        try:
            temporary.replace(folder)
        except OSError:  # another run was quicker
            shutil.rmtree(temporary)
    return folder


def _ensembles(run: Run, corpus: Path, cache: Path) -> dict[str, float]:
    splits: tuple[Split, ...] = ("valid", "test")
    similarities: dict[Split, dict[str, Any]] = {split: {} for split in splits}
    truth: dict[Split, Any] = {}
    values: dict[str, float] = {}
    for name, model in MEMBERS.items():
        system, prepared = _train(settings_of(run, model), corpus, cache)
        for split in splits:
            vectors = embed(system, prepared, split, "track")
            similarities[split][name] = vectors[queries(system)[0]] @ vectors["music"].T
            truth[split] = torch.arange(len(vectors["music"])).numpy()
        found = retrieval.evaluate(similarities["test"][name], truth["test"])
        values |= {f"{name}/{metric}": value for metric, value in found.items() if metric != "queries"}
    for one, other in PAIRED:
        alpha, _ = search_alpha(similarities["valid"][one], similarities["valid"][other], truth["valid"])
        mixed = ensemble([similarities["test"][name] for name in (one, other)], [1 - alpha, alpha])
        found = retrieval.evaluate(mixed, truth["test"])
        values |= {f"{one} & {other}/{metric}": found[metric] for metric in METRICS}
        values[f"{one} & {other}/alpha"] = alpha
    return values


def _rows(results: Results, wanted: Mapping[str, tuple[str, str]]) -> Results:
    """Results under new names: of each the condition, and the query whose values are its."""
    values = {}
    for name, (condition, query) in wanted.items():
        for seed in results.seeds:
            found = results.values[condition, seed]
            values[name, seed] = {
                key.removeprefix(f"{query}/"): value for key, value in found.items() if key.startswith(f"{query}/")
            }
    return Results(values)


def report(results: Results) -> Section:
    """Tables, claims and a plot."""
    heads = {"recall@1": "R@1", "recall@5": "R@5", "recall@10": "R@10", "median_rank": "median rank", "mrr": "MRR"}
    both, alone = "video+text", "video"
    dropout = _rows(results, {
        f"{name}, {label}": (name, query)
        for name in DROPOUTS for label, query in (("with text", both), ("without text", alone))
    })  # fmt: skip
    fusion = _rows(results, {
        **{name.removeprefix("fusion "): (name, both) for name in (f"fusion {kind}" for kind in FUSIONS)},
        "transformer2": (BASE, both),
    })  # fmt: skip
    texts = _rows(results, {"tags": (TAGS, both), "data2text": (BASE, both), "prompt2text": (PROMPT, both)})
    variants = _rows(results, {
        "MVPt (video, tau 0.3)": (MVPT, alone), "MVPt+ (video, tau 0.03)": (MVPT_PLUS, alone),
        "MT (text)": (MT, "text"), "ViML, video alone": (BASE, alone), "ViML, text alone": (BASE, "text"),
        "ViML, video and text": (BASE, both),
    })  # fmt: skip
    mixed = _rows(results, {
        name: (ENSEMBLES, name) for name in (*MEMBERS, *(f"{one} & {other}" for one, other in PAIRED))
    })  # fmt: skip
    chance = {name: results.mean(BASE, name) for name in ("pool", *(f"chance_{m}" for m in METRICS))}
    alphas = ", ".join(
        f"{one} & {other} {results.mean(ENSEMBLES, f'{one} & {other}/alpha'):.2f}" for one, other in PAIRED
    )
    text = f"""\
Video is light, colour and motion of the scenes, music is timbre, harmony and beat (computed, not learnt), text is one
vector of all-MiniLM-L6-v2; Transformers of two layers, width {SMALL["model"]["width"]}. Every training has
{SMALL["stages"]["train"]["steps"]} steps of {SMALL["stages"]["train"]["batch"]} pairs, and the weights of the best
mean reciprocal rank on the validation split, whose texts are of the training kind. Training text is written from tags
(`data2text` by templates and rules where nothing else is said); test queries are the corpus' own sentences, so that
transfer to other wording is tested. Each of {chance["pool"]:.0f} test queries is ranked against all
{chance["pool"]:.0f} test pieces. Chance: R@1 {chance["chance_recall@1"]:.2g}, R@5 {chance["chance_recall@5"]:.2g},
R@10 {chance["chance_recall@10"]:.2g}, median rank {chance["chance_median_rank"]:.3g}, MRR {chance["chance_mrr"]:.2g}.
A scene agrees with a piece's mood and with nothing else of it, while a sentence names genre, mood, instruments, tempo
and mode: here text says more than video. In the paper it is the other way round.

`prompt2text` asks a GPT-2 of a million parameters, trained on the spot on tags and sentences of the 60 validation
pieces, through the prompts, checks and retries that serve BLOOM: it shows that the way works, not what a large language
model can do. In the ensembles training and query text are `tags`, as in the paper's Table 5; alpha, the second
model's weight, is found on the validation split: {alphas} (means). The temperature of MVPt is ours: the paper only
says that it was tuned to 0.03 for MVPt+."""
    return Section(
        TITLE,
        text,
        claims=[
            *_dropout_claims(dropout),
            _same(fusion, "The size of the fusion module makes no significant difference (Table 4)"),
            texts.claim("prompt2text trains better than data2text (Table 2)", "mrr", "prompt2text", "data2text"),
            texts.claim("data2text trains better than tags (Table 2)", "mrr", "data2text", "tags"),
            variants.claim("The temperature 0.03 helps: MVPt+ beats MVPt (Table 1)", "mrr", "MVPt+ (video, tau 0.03)",
                           "MVPt (video, tau 0.3)"),
            variants.claim("Training with text helps where none is asked with: ViML without text beats MVPt+ (Table 1)",
                           "mrr", "ViML, video alone", "MVPt+ (video, tau 0.03)"),
            variants.claim("Text at query time helps (Table 1)", "mrr", "ViML, video and text", "ViML, video alone"),
            variants.claim("Music and text alone are far behind video (appendix B)", "mrr", "MVPt+ (video, tau 0.03)",
                           "MT (text)"),
            *(
                mixed.claim(f"{one} & {other} beat {member} alone (Table 5)", "mrr", f"{one} & {other}", member)
                for one, other in PAIRED for member in (one, other)
            ),
            mixed.claim("ViML & MT beat MT & MVPt+ (Table 5)", "mrr", "ViML & MT", "MT & MVPt+"),
        ],
        tables=[
            dropout.table("Text dropout", heads),
            fusion.table("Fusion, with text", heads),
            texts.table("Training text, human-like sentences as queries", heads),
            variants.table("Variants", heads),
            mixed.table("Ensembles, tags as training text and queries", heads),
        ],
        plots=[_plot(dropout)],
    )  # fmt: skip


def _dropout_claims(dropout: Results) -> list[Claim]:
    name = "text dropout {:g}, {} text".format
    return [
        dropout.claim("Text dropout helps queries with text (Table 3)", "mrr", name(0.8, "with"), name(0, "with")),
        dropout.claim("Text dropout helps queries without text (Table 3)", "mrr", name(0.8, "without"),
                      name(0, "without")),
        dropout.claim("High rates are the best: 0.8 beats 0.4 with text (section 4.4)", "mrr", name(0.8, "with"),
                      name(0.4, "with")),
    ]  # fmt: skip


def _same(results: Results, text: str) -> Claim:
    """Tell whether conditions differ by no more than the seeds do."""
    means = {name: results.mean(name, "mrr") for name in results.conditions}
    gap = max(means.values()) - min(means.values())
    spread = statistics.fmean(results.spread(name, "mrr") for name in results.conditions)
    shown = ", ".join(f"{name} {mean:.3g}" for name, mean in means.items())
    verdict = "holds" if gap <= 2 * spread else "does not hold"
    return Claim(text, verdict, f"mrr: {shown}; they differ by {gap:.2g} at most, seeds by ± {spread:.2g}")


def _plot(dropout: Results) -> Plot:
    lines = [
        dropout.line(f"{label} text", "mrr", {f"{name}, {label} text": rate for name, rate in DROPOUTS.items()})
        for label in ("with", "without")
    ]
    return Plot("viml-text-dropout", "Text dropout", "probability", "mean reciprocal rank", lines)
