"""What `test_core_training_devices` runs in a process of its own: all loops on the CPU and on the pretended device."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from unittest import mock

import pretended
import torch
from torch import nn

torch.inference_mode = torch.no_grad  # type: ignore[misc,assignment]  # a pretended tensor has no view in inference

import training_tiny  # noqa: E402

from models.data.vocabulary import load_vocabulary  # noqa: E402
from models.training import device as devices  # noqa: E402
from models.training.checkpoint import load_checkpoint  # noqa: E402
from models.training.music import Student  # noqa: E402


def refused(device: torch.device) -> list[str]:
    """What the pretended device forbids, by what it says."""
    here, away, said = torch.ones(3), torch.ones(3).to(device), []
    layer = nn.Linear(3, 2).to(device)
    for attempt in (lambda: here + away, lambda: away[here > 0], lambda: layer(here), away.numpy):
        try:
            attempt()
        except RuntimeError as error:
            said.append(str(error))
    return said


def main() -> None:
    folder = Path(sys.argv[1])
    torch.set_num_threads(1)
    device = pretended.register()
    said = refused(device)
    assert len(said) == 4, said
    data, here, away = (folder / name for name in ("data", "here", "away"))
    training_tiny.write(data, here)
    shutil.copytree(here, away)
    # In one precision on both, for they shall come to the same.
    with mock.patch.object(devices, "precision", lambda device: torch.float32):
        training_tiny.train_all(data, here, torch.device("cpu"))
        training_tiny.train_all(data, away, device)
    for name in ("text", "music", "video", "captioner"):
        one, other = (torch.load(work / f"{name}.pt", weights_only=True)["model"] for work in (here, away))
        assert {value.device.type for value in other.values()} == {"cpu"}
        worst = max(float((one[key].double() - other[key].double()).abs().max()) for key in one)
        print(f"{name} differs by {worst:.1e}")
        assert worst < 1e-4, name  # a number that is none is not below
    for kept, there in ((away, torch.device("cpu")), (here, device)):  # what one device left goes on on the other
        student = Student(len(load_vocabulary())).to(there)
        assert load_checkpoint(kept / "music.pt", student) > 0
        assert devices.device_of(student).type == there.type
    training_tiny.train_all(data, away, torch.device("cpu"), steps=3)
    (folder / "done").touch()


if __name__ == "__main__":
    main()
