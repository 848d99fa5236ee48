from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch
import trainer_pair

from models.trainer import distributed
from models.trainer.checkpoint import read_checkpoint

HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Run `trainer_pair` in two processes that find each other as under torchrun; give the folder of its results."""
    folder = tmp_path_factory.mktemp("pair")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    paths = os.pathsep.join([str(HERE), str(HERE.parents[2])])
    common = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "PYTHONPATH": paths}
    processes = [
        subprocess.Popen(
            [sys.executable, str(HERE / "trainer_pair.py"), str(folder)],
            env={**os.environ, **common, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(2)
    ]
    try:
        for process in processes:
            _, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
    finally:
        for process in processes:
            process.kill()
    return folder


@pytest.mark.slow
def test_two_processes_train_as_one_with_twice_the_batch(pair: Path, tmp_path: Path) -> None:
    one, other = (torch.load(pair / f"weights-{rank}.pt", weights_only=True) for rank in range(2))
    alone = trainer_pair.run(8, tmp_path / "alone")
    torch.manual_seed(0)
    fresh = trainer_pair.Pairs().state_dict()
    for name, weights in alone.state_dict().items():
        torch.testing.assert_close(one[name], weights, rtol=1e-4, atol=1e-5)
        assert torch.equal(one[name], other[name])
        again = torch.load(pair / "again-1.pt", weights_only=True)[name]
        assert torch.equal(one[name], again)
        assert torch.equal(fresh[name], weights) == name.startswith("unused")
    both, single = (read_checkpoint(path / "checkpoint.pt").training for path in (pair / "run", tmp_path / "alone"))
    assert both is not None and single is not None
    assert len(both["history"]) == len(single["history"])  # written once, not by each
    for row, wanted in zip(both["history"], single["history"], strict=True):
        if row["split"] == "valid":
            # batches of validation have the size of one process's, so only the metric is of the same examples
            assert row["sum"] == pytest.approx(wanted["sum"], rel=1e-3)
        else:
            assert row["loss"] == pytest.approx(wanted["loss"], rel=1e-3)
            assert row["gradient_norm"] == pytest.approx(wanted["gradient_norm"], rel=1e-3)


@pytest.mark.slow
def test_gathered_rows_carry_their_gradient_home(pair: Path) -> None:
    for rank in range(2):
        found = torch.load(pair / f"gather-{rank}.pt", weights_only=True)
        whole = torch.cat([torch.arange(4.0).reshape(2, 2), torch.arange(4.0).reshape(2, 2) + 10])
        assert torch.equal(found["whole"], whole)
        assert torch.equal(found["grad"], 2 * 2 * whole[2 * rank : 2 * rank + 2])  # of both processes' losses


@pytest.mark.slow
@pytest.mark.parametrize(
    ("mode", "line"),
    [
        ("poison", "TrainingError: stage first, step"),
        ("monitor", "ConfigError: stages.first.monitor = 'nothing': validation does not give it; choose one of"),
    ],
)
def test_all_processes_stop_with_the_same_line(pair: Path, mode: str, line: str) -> None:
    one, other = ((pair / f"{mode}-{rank}.txt").read_text() for rank in range(2))
    assert one == other
    assert one.startswith(line)
    assert ("piece-0-3" in one) == (mode == "poison")


def test_alone_everything_is_the_identity() -> None:
    x = torch.rand(3, 2, requires_grad=True)
    assert distributed.gather_with_grad(x) is x
    assert distributed.mean(x) is x
    assert distributed.from_first("a") == "a"
    assert distributed.gather(["a"]) == ["a"]
    assert (distributed.rank(), distributed.world()) == (0, 1)
    distributed.barrier()
