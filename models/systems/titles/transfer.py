"""Transfer (section 4.2): what learnt on one data set, images as a rule, says titles for another.

    python -m models.systems.titles.transfer --checkpoint RUN --data fma:FOLDER

The vocabulary and the network are the checkpoint's; the inputs are made as its settings say, except those that are
given with --set, and the other data set's own kind (image, spectrogram, timbre) is found anew unless it is set.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from pydantic import ValidationError

from models.datasets.base import SPLITS, DataSet, Split
from models.datasets.registry import open_data
from models.errors import ConfigError
from models.systems.titles.data import PreparedTitles, prepare
from models.systems.titles.recipe import RECIPE
from models.systems.titles.settings import TitlesSettings
from models.systems.titles.system import Titles
from models.trainer.checkpoint import load_system
from plugin.errors import CuefinderError


def changed(settings: TitlesSettings, overrides: Mapping[str, Any]) -> TitlesSettings:
    """Give the settings with values of `data.` and `evaluation.` changed; ConfigError for others or bad values."""
    values = settings.model_dump()
    values["data"]["source"] = "auto"
    for key, value in overrides.items():
        part, _, name = key.partition(".")
        if part not in ("data", "evaluation") or name not in values[part]:
            raise ConfigError(f"{key}: only keys of data and evaluation can be set for a trained system")
        values[part][name] = value
    # The places of the Transformer decoder and the longest text belong to the network.
    values["data"]["longest"] = settings.data.longest
    try:
        return TitlesSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise ConfigError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from error


def evaluate_on(
    checkpoint: Path,
    dataset: DataSet,
    cache: Path,
    *,
    split: Split = "test",
    limit: int | None = 1000,
    overrides: Mapping[str, Any] | None = None,
    device: str = "cpu",
) -> tuple[dict[str, float], PreparedTitles]:
    """Evaluate a trained system on another data set.

    Parameters
    ----------
    checkpoint : Path
        A checkpoint or the folder of a run.
    cache : Path
        Where inputs are kept.
    limit : int, optional
        Records drawn at random before the filter; the paper's tests hold 1,000 tracks.
    overrides : mapping, optional
        Values of `data.` and `evaluation.` by key.

    Returns
    -------
    metrics : dict
        As `models.systems.titles.evaluation` names them.
    prepared : PreparedTitles
        The data set with what the filter dropped.

    Raises
    ------
    CheckpointError, ConfigError, DatasetError
        With one line that says what is wrong.
    """
    system, settings, state = load_system(checkpoint, RECIPE)
    assert isinstance(system, Titles)
    assert isinstance(settings, TitlesSettings)
    adapted = changed(settings, overrides or {})
    system.settings = adapted
    prepared = prepare(adapted, dataset, cache, splits=(split,), state=state, limit=limit)
    system.to(torch.device(device))
    metrics = system.evaluate(prepared, split)
    return metrics | {"left_out": float(prepared.dropped.total())}, prepared


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0, or the error's exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m models.systems.titles.transfer", description="Score a trained title system on another data set."
    )
    parser.add_argument("--checkpoint", type=Path, required=True, help="checkpoint or folder of a run")
    parser.add_argument("--data", required=True, metavar="[KIND:]FOLDER", help="the other data set")
    parser.add_argument("--split", choices=SPLITS, default="test")
    parser.add_argument("--limit", type=int, default=1000, help="records drawn at random; 0 for all (default 1000)")
    parser.add_argument("--cache", type=Path, default=Path(".cache/titles"), help="where inputs are kept")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="data.* or evaluation.*, JSON")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    try:
        metrics, prepared = evaluate_on(
            options.checkpoint,
            open_data(options.data),
            options.cache,
            split=options.split,
            limit=options.limit or None,
            overrides=dict(_pair(text) for text in options.set),
            device=options.device,
        )
    except CuefinderError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"{len(prepared.splits[options.split])} examples of {options.data}")
    for name, value in metrics.items():
        print(f"{name:>14} {value:.4g}")
    return 0


def _pair(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    if not equals:
        raise ConfigError(f"--set {text}: give KEY=VALUE")
    try:
        return key, json.loads(value)
    except ValueError:
        return key, value


if __name__ == "__main__":
    sys.exit(main())
