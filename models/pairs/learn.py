"""Learning from pairs: InfoNCE between what is seen and the music under it, until it no longer helps."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from models.errors import TrainingError
from models.nets.video import VideoEncoder
from models.pairs.data import Segments
from models.pairs.features import VIEWS
from models.pairs.measure import loss_of, watch
from models.pairs.state import Course, read_state, write_state
from models.trainer import seeds
from models.trainer.checkpoint import snapshot
from models.trainer.interrupts import Interrupts
from models.training.losses import info_nce

BATCH = 64
FROM_EACH = 24
"""Segments that an epoch takes of one video at most, so that a long film does not outweigh all others."""
RATE, WARM_UP, DECAY = 1e-4, 20, 0.02
EVERY = 10
"""Steps between two looks at what is held out, at least."""
KEEP_EVERY, SAY_EVERY = 5.0, 10.0
"""Seconds between two writings of the state, and between two lines."""
FROZEN = ("cnn", "picture", "statistics_norm", "mood_head")


class Learner:
    """Trains a video encoder on segments.

    Parameters
    ----------
    model : VideoEncoder
        As the pack has it; it is trained in place.
    segments : Segments
    held : bool [S]
        Segments that it may not learn from; they tell when to stop.
    state : Path
        File of the state, from which the next one goes on.
    mark : str
        Of everything that the state depends on; a state with another one is not taken up.
    say : callable
        Takes the lines about the progress.

    Attributes
    ----------
    course : Course
    resumed : bool
        Whether it goes on from a state.
    """

    def __init__(
        self, model: VideoEncoder, segments: Segments, held: npt.NDArray[np.bool_], *, seed: int, state: Path,
        mark: str, say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.model, self.segments, self.seed, self.state, self.mark, self.say = model, segments, seed, state, mark, say
        self._rows, self._tests = np.flatnonzero(~held), np.flatnonzero(held)
        video = segments.video[self._rows]
        self._by_video = [np.flatnonzero(video == number) for number in np.unique(video)]
        self._epoch: list[npt.NDArray[np.int64]] = []
        for name in FROZEN:
            getattr(model, name).requires_grad_(False)
        learning = [weight for weight in model.parameters() if weight.requires_grad]
        self._optimiser = torch.optim.AdamW(learning, lr=RATE, weight_decay=DECAY)
        self.course, self._best = Course(), snapshot(model)
        found = read_state(state, mark, model, self._optimiser)
        self.resumed = found is not None
        if found is not None:
            self.course, self._best = found

    def run(self, minutes: float) -> bool:
        """Learn until it no longer helps or `minutes` have been spent in all; False where the user stopped it.

        The model then has the weights that were best on what is held out, the pack's own among them.

        Raises
        ------
        TrainingError
            The loss is not a finite number.
        """
        course = self.course
        if not course.step:
            self._look()
        kept = said = time.monotonic()
        with Interrupts(True) as interrupts:
            while not (course.over or course.seconds >= 60 * minutes or interrupts.requested):
                started = time.monotonic()
                loss = self._step()
                if course.step % max(EVERY, len(self._epoch)) == 0:
                    self._look()
                now = time.monotonic()
                course.seconds += now - started
                if now - said > SAY_EVERY:
                    said = now
                    self._report(loss)
                if now - kept > KEEP_EVERY:
                    kept = now
                    self._keep()
            self._keep()
        self.model.load_state_dict(self._best)
        return not interrupts.requested

    def _step(self) -> float:
        """Learn from the next batch; everything random is seeded by the number of the step."""
        step = self.course.step
        rows = self._rows[self._batch(step)]
        seeds.seed_all(self.seed, "step", step)
        views = seeds.generator(self.seed, "views", step).integers(0, 1 + VIEWS, len(rows))
        self.model.train()
        self.model.statistics_norm.eval()
        embedding, _ = self.model.from_features(*self.segments.look(rows, views))
        loss = info_nce(embedding, self.segments.music[rows], self.segments.same(rows))
        value = loss.item()
        if not math.isfinite(value):
            raise TrainingError(f"step {step + 1}: the loss is not a finite number; give another --seed")
        for group in self._optimiser.param_groups:
            group["lr"] = RATE * min(1.0, (step + 1) / WARM_UP)
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimiser.step()
        self.course.step += 1
        return value

    def _batch(self, step: int) -> npt.NDArray[np.int64]:
        """Give a step's segments, as places in `_rows`."""
        size = sum(min(FROM_EACH, len(part)) for part in self._by_video)
        epoch, number = divmod(step, math.ceil(size / BATCH))
        if number == 0 or not self._epoch:
            rng = seeds.generator(self.seed, "order", epoch)
            chosen = np.concatenate([rng.permutation(part)[:FROM_EACH] for part in self._by_video])
            self._epoch = np.array_split(rng.permutation(chosen), math.ceil(size / BATCH))
        return self._epoch[number]

    def _look(self) -> None:
        """Measure on what is held out, and remember the weights if they are the best."""
        if self.course.looked(loss_of(watch(self.model, self.segments, self._tests), self.segments, self._tests)):
            self._best = snapshot(self.model)

    def _report(self, loss: float) -> None:
        course = self.course
        self.say(
            f"step {course.step}, {course.seconds / 60:.1f} min: loss {loss:.3f}; held out {course.loss:.3f},"
            f" best {course.best_loss:.3f} at step {course.best_step}"
        )

    def _keep(self) -> None:
        write_state(self.state, self.mark, self.course, self._best, self.model, self._optimiser)
