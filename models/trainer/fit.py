"""The one training loop of all systems."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import CheckpointError, ConfigError, DatasetError
from models.systems.base import Prepared, System
from models.systems.settings import SystemSettings
from models.trainer import devices, distributed, seeds
from models.trainer.checkpoint import (
    BEST,
    LAST,
    Checkpoint,
    read_checkpoint,
    restore,
    snapshot,
    system_name,
    write_checkpoint,
)
from models.trainer.config import differences, to_toml
from models.trainer.features import fingerprint, write_atomic
from models.trainer.interrupts import InterruptedTraining, Interrupts
from models.trainer.stage import Run, Stage
from plugin.errors import printable


@dataclass(frozen=True)
class FitResult:
    """What came of a training.

    Attributes
    ----------
    best : dict of str to float
        Best value of what each stage monitors.
    steps : dict of str to int
        Optimiser steps of each stage.
    history : list of dict
        Rows of values: stage, step, split and whatever was measured.
    """

    best: dict[str, float]
    steps: dict[str, int]
    history: list[dict[str, Any]]


def fit(
    system: System,
    prepared: Prepared,
    settings: SystemSettings,
    *,
    folder: Path | None = None,
    device: str = "auto",
    progress: bool = True,
    stages: Sequence[str] | None = None,
    name: str | None = None,
    workers: int = 0,
    say: Callable[[str], None] | None = None,
) -> FitResult:
    """Train a system through its stages; each begins with the best weights of the one before.

    With a folder, training goes on where it was cut, and on the CPU what comes out is bit for bit what a run that
    was not cut gives. The folder holds `checkpoint.pt` (to go on from), `best.pt` (for `load_system`), `config.toml`,
    `history.jsonl` and `tensorboard/`. Under torchrun all processes share each batch, and the first one writes.

    Parameters
    ----------
    system : System
        Freshly built; afterwards on the device, in evaluation mode, with the best weights of the last stage.
    prepared : Prepared
        Its splits train and valid are used.
    settings : SystemSettings
        Seeds and stages.
    folder : Path, optional
        Of the run; without it nothing is kept on disk.
    device : str
        auto, cpu, cuda, cuda:N or mps.
    progress : bool
        Whether to show a progress bar.
    stages : sequence of str, optional
        Which stages; all by default. They run in the order of the settings.
    name : str, optional
        Of the system, for its checkpoints; by default that of its package.
    workers : int
        Processes that make batches ahead.
    say : callable, optional
        Takes lines about the progress.

    Raises
    ------
    ConfigError
        For a stage that there is not, that trains nothing, or that monitors what validation does not give.
    DatasetError
        If a split is empty.
    CheckpointError
        If the folder holds a damaged run, or one of another system, configuration or data.
    TrainingError
        If the loss or its gradients are not finite: says where; the last good checkpoint stays.
    InterruptedTraining
        After SIGINT or SIGTERM, once the step is done and a checkpoint is written.
    """
    chosen = choose_stages(settings, stages)
    check_splits(prepared)
    with distributed.group(device), seeds.forked(), Interrupts(folder is not None) as interrupts:
        place = devices.choose(device)
        run = Run(system, prepared, settings, place, interrupts, workers, progress and distributed.rank() == 0, say)
        run.folder = folder
        names = (prepared.splits["train"].name(index) for index in range(len(prepared.splits["train"])))
        run.data = fingerprint(*names)
        run.base = Checkpoint(
            name or system_name(system), settings.model_dump(mode="json"), prepared.state(), [], {}, None
        )
        resumed = _resume(run, chosen) if folder is not None else None
        distributed.barrier()
        if folder is not None and distributed.rank() == 0:
            folder.mkdir(parents=True, exist_ok=True)
            write_atomic(folder / "config.toml", to_toml(settings).encode())
        system.to(place)
        for stage in chosen:
            if stage not in run.done:
                if interrupts.requested and distributed.world() == 1:  # at the end of the stage before
                    raise InterruptedTraining(f"interrupted before stage {stage}; the same command goes on from there")
                Stage(run, stage, resumed if resumed and resumed["stage"] == stage else None).train()
                _finish(run, stage)
        system.eval()
        distributed.barrier()
    return FitResult(dict(run.done), dict(run.steps), run.history)


def choose_stages(settings: SystemSettings, stages: Sequence[str] | None) -> list[str]:
    """Give the stages asked for (all for None) in the order of the settings; ConfigError for an unknown one."""
    for stage in stages or ():
        if stage not in settings.stage_names:
            raise ConfigError(f"there is no stage {stage!r}: choose among {', '.join(settings.stage_names)}")
    return [stage for stage in settings.stage_names if stages is None or stage in stages]


def check_splits(prepared: Prepared) -> None:
    """Raise DatasetError if there is nothing to train on or to judge by."""
    for split in ("train", "valid"):
        if split not in prepared.splits or len(prepared.splits[split]) == 0:
            raise DatasetError(f"the split {split!r} has no examples: training needs both train and valid")


def _resume(run: Run, chosen: Sequence[str]) -> dict[str, Any] | None:
    """Bring system and run to where the folder's checkpoint is; give its training part."""
    assert run.folder is not None
    path = run.folder / LAST
    if not path.exists():
        return None
    found, shown = read_checkpoint(path), printable(path)
    if found.system != run.base.system:
        raise CheckpointError(f"{shown}: a run of {found.system!r}, not of {run.base.system!r}; give another folder")
    changed = differences(found.settings, run.base.settings)
    if changed:
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        raise CheckpointError(
            f"{shown}: a run of another configuration ({', '.join(changed[:3])}{more}); give another folder"
        )
    training = found.training
    if training is None:
        raise CheckpointError(f"{shown}: holds weights only, training cannot go on from it; give another folder")
    if training["data"] != run.data or fingerprint(found.state) != fingerprint(run.base.state):
        raise CheckpointError(f"{shown}: a run on other training examples; give another folder")
    if training["world"] != distributed.world():
        raise CheckpointError(f"{shown}: a run of {training['world']} processes, not of {distributed.world()}")
    order = list(run.settings.stage_names)
    if training["stage"] is not None and training["stage"] not in chosen:
        raise CheckpointError(f"{shown}: was cut in stage {training['stage']!r}, which is not among those to train")
    for stage in chosen:
        later = [other for other in training["done"] if order.index(other) > order.index(stage)]
        if stage not in training["done"] and later:
            raise CheckpointError(f"{shown}: stage {later[0]!r} is trained already, {stage!r} comes before it")
    restore(run.system, found, shown)
    run.done, run.steps, run.history = training["done"], training["steps"], training["history"]
    run.base.stages = list(found.stages)
    return training


def _finish(run: Run, stage: str) -> None:
    """Close a stage: the system holds its best weights, and so do the files."""
    if run.folder is None or distributed.rank() != 0:
        return
    weights = snapshot(run.system)
    write_checkpoint(run.folder / BEST, run.checkpoint(weights, None))
    write_checkpoint(run.folder / LAST, run.checkpoint(weights, run.training(None, {})))
