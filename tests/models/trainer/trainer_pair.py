"""What `test_trainer_distributed` runs in each of several processes: a training of a contrastive toy, on the CPU."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from trainer_toys import ToyModel, ToyPrepared, ToySettings, ToyStages

from models.datasets.base import Split
from models.systems.base import Batch, Prepared, System
from models.systems.settings import TrainSettings
from models.trainer import distributed
from models.trainer.fit import fit
from plugin.errors import CuefinderError


class Pairs(System):
    """InfoNCE over the whole batch of all processes, and a mean error."""

    def __init__(self) -> None:
        super().__init__()
        self.left, self.unused = nn.Linear(5, 4), nn.Linear(2, 2)
        self.right = nn.Linear(5, 4, bias=False)  # a bias would have no gradient but rounding errors
        self.poison = ""

    def losses(self, batch: Batch, stage: str) -> dict[str, Tensor]:
        left, right = (distributed.gather_with_grad(side(batch["x"])) for side in (self.left, self.right))
        contrast = nn.functional.cross_entropy(left @ right.T, torch.arange(len(left)))
        error = (self.left(batch["x"]).sum(1, keepdim=True) - batch["y"]).square().mean()
        if self.training and self.poison in batch["names"]:
            error = error * float("nan")
        return {"loss": contrast + error, "contrast": contrast, "unused": self.unused(batch["x"][:, :2]).sum()}

    def evaluate(self, prepared: Prepared, split: Split) -> dict[str, float]:
        return {"sum": float(self.left.weight.sum())}


def settings(batch: int, **more: Any) -> ToySettings:
    stage = TrainSettings(steps=5, batch=batch, accumulate=2, learning_rate=0.05, optimizer="adam", **more)
    return ToySettings(model=ToyModel(dropout=0.0), stages=ToyStages(first=stage))


def run(batch: int, folder: Path, poison: str = "", monitor: str = "sum") -> Pairs:
    torch.manual_seed(distributed.rank())  # the first process's weights are everyone's
    system = Pairs()
    system.poison = poison
    made = settings(batch, monitor=monitor, evaluate_every=2, checkpoint_every=2)
    fit(
        system, ToyPrepared(train=18), made, folder=folder, device="cpu", progress=False, stages=["first"], name="pairs"
    )
    return system


def main() -> None:
    folder, rank = Path(sys.argv[1]), int(os.environ["RANK"])
    torch.set_num_threads(1)
    with distributed.group("cpu"):
        assert (distributed.rank(), distributed.world()) == (rank, 2)
        x = torch.arange(4.0).reshape(2, 2).add(10 * rank).requires_grad_()
        whole = distributed.gather_with_grad(x)
        whole.pow(2).sum().backward()
        torch.save({"whole": whole.detach(), "grad": x.grad}, folder / f"gather-{rank}.pt")

        torch.save(run(4, folder / "run").state_dict(), folder / f"weights-{rank}.pt")
        again = run(4, folder / "run")  # a finished run is loaded by all
        torch.save(again.state_dict(), folder / f"again-{rank}.pt")

        for mode, poison, monitor in (("poison", "piece-0-3", "sum"), ("monitor", "", "nothing")):
            try:
                run(4, folder / mode, poison, monitor)
            except CuefinderError as error:
                (folder / f"{mode}-{rank}.txt").write_text(f"{type(error).__name__}: {error}")


if __name__ == "__main__":
    main()
