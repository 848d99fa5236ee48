"""One stage of a training: its optimiser, its steps, its evaluations, its checkpoints."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NoReturn, cast

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from models.errors import ConfigError, TrainingError
from models.systems.base import Batch, Prepared, System
from models.systems.settings import SystemSettings, TrainSettings
from models.trainer import distributed, seeds
from models.trainer.batches import Batches
from models.trainer.checkpoint import BEST, LAST, Checkpoint, load_weights, snapshot, write_checkpoint
from models.trainer.devices import move
from models.trainer.interrupts import InterruptedTraining, Interrupts
from models.trainer.journal import Journal, Row
from models.trainer.optimizers import make_optimizer
from models.trainer.schedule import learning_rate, plan
from models.trainer.validation import validate
from plugin.errors import CuefinderError, printable

PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
LOG_EVERY = 20
"""Steps whose mean losses make one row of the history, at most."""
SKIPS = 30
"""Steps that fp16 may skip one after the other; its scale has then fallen by 2**30."""
NAMED = 8
"""Examples that a message names, at most."""


@dataclass
class Run:
    """What all stages of a training share."""

    system: System
    prepared: Prepared
    settings: SystemSettings
    device: torch.device
    interrupts: Interrupts
    workers: int
    progress: bool
    say: Callable[[str], None] | None
    folder: Path | None = None
    data: str = ""
    base: Checkpoint = field(default_factory=lambda: Checkpoint("", {}, {}, [], {}))
    done: dict[str, float] = field(default_factory=dict)
    steps: dict[str, int] = field(default_factory=dict)
    history: list[Row] = field(default_factory=list)

    def checkpoint(self, weights: dict[str, Any], training: dict[str, Any] | None) -> Checkpoint:
        """Make a checkpoint of the stages begun so far."""
        return replace(self.base, weights=weights, training=training)

    def training(self, stage: str | None, more: dict[str, Any]) -> dict[str, Any]:
        """Give what a later run needs to go on: in the middle of `stage`, or between stages (None)."""
        shared = {"done": self.done, "steps": self.steps, "history": self.history}
        return {"stage": stage, "data": self.data, "world": distributed.world(), **shared, **more}


@dataclass
class Best:
    """The best weights of a stage so far."""

    value: float
    step: int
    weights: dict[str, Any]


class Stage:
    """Training of one stage, from its begin or from where a checkpoint has it.

    Parameters
    ----------
    run : Run
        What is trained, on what.
    name : str
        Of the stage.
    resumed : dict, optional
        `training` of the checkpoint that the system was restored from, if it is in the middle of this stage.
    """

    def __init__(self, run: Run, name: str, resumed: dict[str, Any] | None) -> None:
        self.run, self.name = run, name
        self.settings: TrainSettings = run.settings.stage(name)
        self.plan = plan(self.settings, len(run.prepared.splits["train"]), distributed.world())
        if resumed is None:
            run.system.train()
            seeds.seed_all(run.settings.seed, name, "begin")
            run.system.begin_stage(name)
            run.system.to(run.device)  # what it has just made
            run.base.stages.append(name)
        self.parameters = list(run.system.trainable(name))
        if not self.parameters:
            raise ConfigError(f"stage {name!r} of {run.base.system} trains no parameter: everything is frozen")
        self.optimizer = make_optimizer(self.settings, self.parameters)
        self.scaler = torch.amp.GradScaler(run.device.type, enabled=self.settings.precision == "fp16")
        self.step = 0
        self.skipped = 0
        self.waited = 0
        self.window: list[dict[str, float]] = []
        self.best: Best | None = None
        if resumed is not None:
            self._go_on(resumed)
        self.kept = self.step if resumed else None
        self.network = _network(run.system, run.device)

    def train(self) -> None:
        """Train to the end of the stage; the system then has the stage's best weights."""
        run = self.run
        first = distributed.rank() == 0
        folder = run.folder if first else None
        self.journal = Journal(
            folder, run.history, self.name, self.step, self.plan.total, run.progress, run.say if first else None
        )
        try:
            if self.step == 0 and self.settings.monitor != "loss":
                self._validate()  # a name that evaluation does not give shows now, not after the first epoch
            batches = Batches(run.prepared, run.settings.seed, self.name, self.plan)
            pin = run.device.type == "cuda"
            stream = batches.stream(self.step * self.plan.accumulate, run.workers, pin) if not self.over else iter(())
            while not self.over:
                asked = self._step(stream)
                improved = self.plan.evaluates(self.step) and self._judge()
                # Several processes must stop at the same step; one alone need not wait for the next to tell itself.
                stop = asked or (distributed.world() == 1 and run.interrupts.requested)
                if improved or stop or self.step % self.settings.checkpoint_every == 0:
                    self._keep(improved)
                if stop and not self.over:
                    raise InterruptedTraining(
                        f"interrupted in stage {self.name}, step {self.step} of {self.plan.total}; "
                        "the same command goes on from there"
                    )
        except torch.OutOfMemoryError as error:
            raise TrainingError(
                f"stage {self.name}: the device has too little memory for batches of {self.settings.batch}; "
                f"lower stages.{self.name}.batch and raise stages.{self.name}.accumulate"
            ) from error
        finally:
            self.journal.close()
        assert self.best is not None  # the last step is always evaluated
        load_weights(run.system, self.best.weights, "best weights")
        run.done[self.name] = self.best.value
        run.steps[self.name] = self.step

    @property
    def over(self) -> bool:
        """Whether all steps are done, or patience is at its end."""
        patience = self.settings.patience
        return self.step >= self.plan.total or (patience is not None and self.waited >= patience)

    def _step(self, stream: Iterator[tuple[list[str], Batch]]) -> bool:
        """Take one optimiser step; give whether any process was asked to stop before its end."""
        run, settings, accumulate = self.run, self.settings, self.plan.accumulate
        rate = learning_rate(settings, self.step, self.plan.total)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        run.system.zero_grad(set_to_none=True)  # also of what the stage does not train
        values: list[Tensor] = []
        names: list[list[str]] = []
        parts: list[str] = []
        for turn in range(accumulate):
            named, batch = next(stream)
            seeds.seed_all(run.settings.seed, self.name, self.step * accumulate + turn, distributed.rank())
            waits = isinstance(self.network, DistributedDataParallel) and turn + 1 < accumulate
            with cast(DistributedDataParallel, self.network).no_sync() if waits else nullcontext():
                with autocast(run.device, settings.precision):
                    losses = self.network(move(batch, run.device), self.name)
                if not losses["loss"].requires_grad:
                    raise ConfigError(self._idle)
                self.scaler.scale(losses["loss"] / accumulate).backward()
            parts = sorted(losses)
            values.append(torch.stack([losses[part].detach().float() for part in parts]))
            names.append(named)
        request = torch.full((1,), float(run.interrupts.requested), device=run.device)
        shared = distributed.mean(torch.cat([torch.stack(values).flatten(), request])).tolist()  # waits for the device
        stop = bool(shared.pop() > 0)
        loss = [shared[turn * len(parts) + parts.index("loss")] for turn in range(accumulate)]
        if not all(map(math.isfinite, loss)):
            fine = [math.isfinite(float(row[parts.index("loss")])) for row in values]
            bad = [name for good, group in zip(fine, names, strict=True) if not good for name in group]
            self._fail("the loss is not a finite number", bad)
        norm = self._update()
        if norm is None:
            self._fail("the gradients are not finite numbers", [name for group in names for name in group])
        self.step += 1
        means = {part: sum(shared[at :: len(parts)]) / accumulate for at, part in enumerate(parts)}
        self.window.append({**means, "learning_rate": rate, "gradient_norm": norm})
        if len(self.window) == LOG_EVERY or self.plan.evaluates(self.step):
            rows, self.window = self.window, []
            self.journal.add(self.step, "train", {key: sum(r[key] for r in rows) / len(rows) for key in rows[0]})
        self.journal.bar.set_postfix(loss=f"{means['loss']:.4g}", refresh=False)
        self.journal.bar.update()
        return stop

    def _update(self) -> float | None:
        """Clip the gradients and let the optimiser step; give their norm, or None where they are not finite."""
        self.scaler.unscale_(self.optimizer)
        gradients = [parameter.grad for parameter in self.parameters if parameter.grad is not None]
        if not gradients:
            raise ConfigError(self._idle)
        norm = torch.nn.utils.get_total_norm(gradients)
        size = float(norm)
        if math.isfinite(size):
            self.skipped = 0
            if self.settings.clip is not None:
                torch.nn.utils.clip_grads_with_norm_(self.parameters, self.settings.clip, norm)
        else:
            self.skipped += 1
            if not self.scaler.is_enabled() or self.skipped > SKIPS:
                return None
        self.scaler.step(self.optimizer)  # which leaves the step out itself where fp16 overflowed
        self.scaler.update()
        if math.isfinite(size):
            with torch.no_grad():
                self.run.system.after_step(self.name)
        return size

    def _validate(self) -> dict[str, float]:
        """Evaluate in the first process, for all."""
        run = self.run
        found: dict[str, float] | CuefinderError = {}
        if distributed.rank() == 0:
            try:
                found = validate(run.system, run.prepared, self.settings, self.name, run.settings.seed, run.device)
            except CuefinderError as error:  # the others wait for an answer, too
                found = error
        found = distributed.from_first(found)
        if isinstance(found, CuefinderError):
            raise found
        self.journal.add(self.step, "valid", found)
        return found

    def _judge(self) -> bool:
        """Evaluate; keep the weights if they are the best so far, and say whether they are."""
        value = self._validate()[self.settings.monitor]
        sign = 1 if self.settings.mode == "max" else -1
        if self.best is None or sign * value > sign * self.best.value:
            self.best = Best(value, self.step, snapshot(self.run.system))
            self.waited = 0
            return True
        self.waited += 1
        return False

    def _keep(self, improved: bool) -> None:
        """Write a checkpoint to go on from and, if they improved, the best weights."""
        run = self.run
        if run.folder is None:
            return
        if not all(bool(torch.isfinite(parameter).all()) for parameter in self.parameters):
            raise TrainingError(
                f"stage {self.name}, step {self.step}: weights are no longer finite; {self._last_good()}"
            )
        if distributed.rank() == 0:
            more = {
                "step": self.step,
                "skipped": self.skipped,
                "waited": self.waited,
                "window": self.window,
                "optimizer": self.optimizer.state_dict(),
                "scaler": self.scaler.state_dict(),
                "best": None if self.best is None else vars(self.best),
            }
            training = run.training(self.name, more)
            write_checkpoint(run.folder / LAST, run.checkpoint(run.system.state_dict(), training))
            if improved and self.best is not None:
                write_checkpoint(run.folder / BEST, run.checkpoint(self.best.weights, None))
        self.kept = self.step

    def _go_on(self, training: dict[str, Any]) -> None:
        """Take over what `_keep` wrote."""
        self.step, self.skipped, self.waited = training["step"], training["skipped"], training["waited"]
        self.window = training["window"]
        self.optimizer.load_state_dict(training["optimizer"])
        self.scaler.load_state_dict(training["scaler"])
        self.best = None if training["best"] is None else Best(**training["best"])

    def _fail(self, what: str, examples: list[str]) -> NoReturn:
        """Stop: nothing of this step has touched weights or files."""
        examples = distributed.gather(examples)
        more = f" and {len(examples) - NAMED} more" if len(examples) > NAMED else ""
        raise TrainingError(
            f"stage {self.name}, step {self.step + 1}: {what} on the examples {', '.join(examples[:NAMED])}{more}; "
            f"{self._last_good()}"
        )

    def _last_good(self) -> str:
        if self.run.folder is None or not (self.run.folder / LAST).exists():
            return "there is no checkpoint yet"
        where = "from before the stage" if self.kept is None else f"of step {self.kept}"
        return f"the last good checkpoint is {printable(self.run.folder / LAST)}, {where}"

    @property
    def _idle(self) -> str:
        return f"stage {self.name!r} of {self.run.base.system}: its loss depends on nothing that it trains"


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Give the context of a precision: fp32, bf16 or fp16."""
    return torch.autocast(device.type, PRECISIONS[precision], enabled=precision != "fp32")


class _Door(nn.Module):
    """What distributed training wraps: only the loss that is minimised has a gradient, so none is waited for."""

    def __init__(self, system: System) -> None:
        super().__init__()
        self.system = system

    def forward(self, batch: Batch, stage: str) -> dict[str, Tensor]:
        return {name: value if name == "loss" else value.detach() for name, value in self.system(batch, stage).items()}


def _network(system: System, device: torch.device) -> nn.Module:
    door = _Door(system)
    if distributed.world() == 1:
        return door
    ids = [device.index] if device.type == "cuda" else None
    return DistributedDataParallel(door, device_ids=ids, find_unused_parameters=True)
