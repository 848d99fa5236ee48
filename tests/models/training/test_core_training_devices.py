from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.utils import backend_registration

from models.training import device as devices
from models.training.device import Steps, mixed, precision, put

HERE, ROOT = Path(__file__).parent, Path(__file__).resolve().parents[3]


@pytest.mark.slow
@pytest.mark.skipif(
    not hasattr(backend_registration, "_setup_privateuseone_for_python_backend"),
    reason="this version of torch lets nobody pretend a device",
)
def test_every_loop_leaves_no_tensor_on_the_wrong_device_and_learns_as_on_the_cpu(tmp_path: Path) -> None:
    """In a process of its own, for the pretended device stays registered."""
    paths = os.pathsep.join(map(str, (ROOT, HERE.parent, HERE)))
    done = subprocess.run(
        [sys.executable, str(HERE / "pretended_training.py"), str(tmp_path)],
        env={**os.environ, "PYTHONPATH": paths}, capture_output=True, text=True, timeout=250, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "done").exists()


def test_precision_is_of_16_bits_where_the_device_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert precision(torch.device("cpu")) is torch.bfloat16
    assert precision(torch.device("mps")) is torch.float32
    for has, wanted in ((True, torch.bfloat16), (False, torch.float16)):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation, has=has: has)
        assert precision(torch.device("cuda", 1)) is wanted


def test_mixed_precision_is_that_of_the_device(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, rows = nn.Linear(2, 2), torch.ones(1, 2)
    with mixed(torch.device("cpu")):
        assert layer(rows).dtype is torch.bfloat16
    with mixed(torch.device("mps")):
        assert layer(rows).dtype is torch.float32
    monkeypatch.setattr(devices, "precision", lambda device: torch.float16)
    with mixed(torch.device("cpu")):
        assert layer(rows).dtype is torch.float16


class OnCard:
    """Stands for a tensor on its way to a graphics card, which need not be here."""

    device = torch.device("cpu")

    def __init__(self) -> None:
        self.way: list[object] = []

    def pin_memory(self) -> OnCard:
        self.way.append("pinned")
        return self

    def to(self, device: torch.device, non_blocking: bool) -> OnCard:
        self.way.append((str(device), non_blocking))
        return self


def test_a_tensor_goes_to_cuda_by_pinned_memory_and_nobody_waits() -> None:
    tensor = OnCard()
    put(tensor, torch.device("cuda", 0))  # type: ignore[arg-type]
    assert tensor.way == ["pinned", ("cuda:0", True)]
    here = torch.ones(2)
    assert put(here, torch.device("cpu")) is here


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_steps_learn_at_every_precision(dtype: torch.dtype, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "precision", lambda device: dtype)
    torch.manual_seed(0)
    model, rows = nn.Linear(4, 1), torch.randn(16, 4)
    wanted = rows.sum(1, keepdim=True)
    steps, losses = Steps(model, decay=0.0), []
    for _ in range(200):
        with mixed(torch.device("cpu")):
            found = model(rows)
        loss = (found.float() - wanted).square().mean()
        steps.take(loss, 0.05)
        losses.append(loss.item())
    assert steps.taken == 200
    assert losses[-1] < losses[0] / 50
    assert model.weight.dtype is torch.float32


def test_float16_skips_a_step_whose_gradients_overflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "precision", lambda device: torch.float16)
    model = nn.Linear(1, 1)
    before = model.weight.detach().clone()
    steps = Steps(model, decay=0.0)
    steps.take(model(torch.ones(1, 1)).sum() * float("inf"), 0.1)
    assert torch.equal(model.weight, before)
    steps.take(model(torch.ones(1, 1)).sum(), 0.1)
    assert not torch.equal(model.weight, before)


def test_steps_go_at_the_rate_and_with_the_norm_that_are_asked_for() -> None:
    model = nn.Linear(1, 1, bias=False)
    before = model.weight.item()
    Steps(model, decay=0.0).take(model(torch.full((1, 1), 1e6)).sum(), 0.125)
    assert model.weight.grad is not None
    assert model.weight.grad.item() == pytest.approx(1.0, rel=1e-3)
    assert before - model.weight.item() == pytest.approx(0.125, rel=1e-3)  # AdamW's first step is its rate
