"""What `cuefinder-train` does once its arguments are read."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Any

import torch

from models.datasets.base import DataSet
from models.datasets.registry import open_data
from models.errors import ConfigError, DatasetError
from models.systems import registry
from models.systems.base import Prepared, System
from models.systems.pretrained import weights_follow
from models.systems.settings import SystemSettings
from models.trainer import devices, distributed, seeds
from models.trainer.checkpoint import LAST
from models.trainer.config import load_settings
from models.trainer.features import quiet, write_atomic
from models.trainer.fit import fit
from models.trainer.rehearsal import rehearse
from plugin.errors import printable

SHOWN = 20
"""Problems of a data set that are printed one by one."""


def train(options: argparse.Namespace) -> None:
    """Train, or rehearse a training, by the arguments of the command line.

    Raises
    ------
    CuefinderError
        For all that the user can put right, in one line.
    """
    recipe = registry.find(options.system)
    out = Path(options.out)
    config = Path(options.config) if options.config else None
    settings = load_settings(recipe, config, _overrides(options.set))
    stages = [name.strip() for name in options.stages.split(",")] if options.stages else None
    if options.workers < 0:
        raise ConfigError(f"--workers {options.workers}: give 0 or more")
    _check_folder(out)
    with ExitStack() as stack:
        device = devices.choose(options.device)
        stack.enter_context(distributed.group(options.device))
        stack.enter_context(seeds.forked())
        say = _say if distributed.rank() == 0 else _hush
        together = f", {distributed.world()} processes" if distributed.world() > 1 else ""
        say(f"device: {devices.describe(device)}{together}")
        data = open_data(options.data)
        _check(data, say)
        cache = Path(options.cache) if options.cache else out / "cache"
        if options.dry_run and not options.cache:
            cache = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cuefinder-")))
        with quiet(options.no_progress or distributed.rank() != 0):
            prepared = recipe.prepare(settings, data, cache)
        counts = ", ".join(f"{split} {len(examples)}" for split, examples in prepared.splits.items())
        size = sum(file.stat().st_size for file in cache.rglob("*") if file.is_file()) if cache.is_dir() else 0
        say(f"examples: {counts}; features: {size / 1e6:.1f} MB on disk, memory-mapped")
        seeds.seed_all(settings.seed, "weights")
        goes_on = (out / LAST).exists() and not options.dry_run
        with weights_follow() if goes_on else nullcontext():
            system = recipe.build(settings, prepared.state())
        say(f"{recipe.name}: {count(system.parameters()):,} parameters")
        if options.dry_run:
            rehearse(system, prepared, settings, device, stages, say)
            say("dry run: all well, nothing was written" + ("" if options.cache is None else f" but {cache}"))
            return
        if goes_on:
            say(f"going on from {printable(out / LAST)}")
        result = fit(
            system,
            prepared,
            settings,
            folder=out,
            device=options.device,
            progress=not options.no_progress,
            stages=stages,
            name=recipe.name,
            workers=options.workers,
            say=say,
        )
        for stage, best in result.best.items():
            say(f"{stage}: best {settings.stage(stage).monitor} {best:.4g} in {result.steps[stage]} steps")
        say(f"best weights: {printable(out / 'best.pt')}")
        if options.test and distributed.rank() == 0:
            _test(system, prepared, settings, out, say)
        distributed.barrier()


def count(parameters: Any) -> int:
    """Number of weights."""
    return sum(parameter.numel() for parameter in parameters)


def _overrides(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key.strip():
            raise ConfigError(f"--set {pair}: give KEY=VALUE, as in --set stages.joint.batch=8")
        found[key.strip()] = value.strip()
    return found


def _check_folder(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise ConfigError(f"--out {printable(out)}: not a folder")


def _check(data: DataSet, say: Callable[[str], None]) -> None:
    """Print what a data set says of itself; DatasetError if it cannot be trained on."""
    report = data.validate()
    say(f"data: {data.name} {printable(data.root)}: {', '.join(f'{k} {n}' for k, n in report.counts.items())}")
    for problem in report.problems[:SHOWN]:
        say(f"  {problem}")
    if len(report.problems) > SHOWN:
        say(f"  and {len(report.problems) - SHOWN} more problems")
    if report.fatal:
        first = f": {report.problems[0]}" if report.problems else ""
        raise DatasetError(f"{printable(data.root)}: nothing can be trained from it{first}")


def _test(system: System, prepared: Prepared, settings: SystemSettings, out: Path, say: Callable[[str], None]) -> None:
    if "test" not in prepared.splits or len(prepared.splits["test"]) == 0:
        raise DatasetError("--test: the split 'test' has no examples")
    with torch.no_grad(), distributed.alone():
        seeds.seed_all(settings.seed, "test")
        values = {name: float(value) for name, value in system.evaluate(prepared, "test").items()}
    write_atomic(out / "test.json", json.dumps(values, indent=1).encode())
    say(f"test: {', '.join(f'{name} {value:.4g}' for name, value in values.items())}")


def _say(line: str) -> None:
    print(line, flush=True)


def _hush(line: str) -> None:
    """Say nothing: only the first of several processes talks."""
