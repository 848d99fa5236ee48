from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from trainer_toys import RECIPE, Toy, ToySettings, make

from models.errors import CheckpointError
from models.systems.base import Recipe
from models.trainer.checkpoint import Checkpoint, load_system, read_checkpoint, snapshot, system_name, write_checkpoint


def write(path: Path, **changes: Any) -> Path:
    system = make()
    parts: dict[str, Any] = {
        "system": "toy",
        "settings": ToySettings().model_dump(mode="json"),
        "state": {"inputs": 5},
        "stages": ["first", "second"],
        "weights": system.state_dict(),
    }
    write_checkpoint(path, Checkpoint(**{**parts, **changes}))
    return path


def test_a_checkpoint_is_enough_to_build_the_system(tmp_path: Path) -> None:
    settings = ToySettings(model=ToySettings().model.model_copy(update={"width": 3}))
    torch.manual_seed(5)
    system = Toy(settings, {"inputs": 4})
    path = write(
        tmp_path / "a.pt", settings=settings.model_dump(mode="json"), state={"inputs": 4}, weights=system.state_dict()
    )
    loaded, found, state = load_system(path, RECIPE)
    assert (found, state) == (settings, {"inputs": 4})
    assert not loaded.training
    for name, value in system.state_dict().items():
        assert torch.equal(value, loaded.state_dict()[name])


def test_a_folder_stands_for_its_best_weights(tmp_path: Path) -> None:
    write(tmp_path / "best.pt")
    assert isinstance(load_system(tmp_path, RECIPE)[0], Toy)


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5, 0.99])
def test_a_file_cut_short_is_one_clear_line(tmp_path: Path, kept: float) -> None:
    path = write(tmp_path / "a.pt")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    line = "not a checkpoint" if kept == 0 else "the checkpoint is cut off or damaged"
    with pytest.raises(CheckpointError) as found:
        load_system(path, RECIPE)
    assert str(found.value) == f"{path}: {line}"


def test_a_flipped_byte_is_one_clear_line_or_changes_no_weight(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pt")
    data = bytearray(path.read_bytes())
    wanted, refused = make().state_dict(), 0
    for at in range(0, len(data), len(data) // 60):
        damaged = bytearray(data)
        damaged[at] ^= 0xFF
        path.write_bytes(damaged)
        try:
            system = load_system(path, RECIPE)[0]
        except CheckpointError as error:
            assert "\n" not in str(error)
            refused += 1
        else:
            assert all(torch.equal(value, wanted[name]) for name, value in system.state_dict().items())
    assert refused > 20


class Evil:
    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("code of the file was run",))


@pytest.mark.parametrize("what", ["text", "pickle", "weights", "code", "empty folder", "nothing"])
def test_what_is_no_checkpoint_is_one_clear_line(tmp_path: Path, what: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.pt"
    lines = {
        "text": "not a checkpoint",
        "pickle": "not a checkpoint",
        "weights": "not a checkpoint of cuefinder-train, or of another version",
        "code": "the checkpoint is cut off or damaged",
        "empty folder": "no such checkpoint",
        "nothing": "no such checkpoint",
    }
    if what == "text":
        path.write_text("hello")
    elif what == "pickle":
        path.write_bytes(pickle.dumps([1, 2], protocol=2))
    elif what == "weights":
        torch.save(nn.Linear(2, 2).state_dict(), path)
    elif what == "code":
        torch.save({"format": Evil()}, path)
    elif what == "empty folder":
        path.mkdir()
    with pytest.raises(CheckpointError) as found:
        load_system(path, RECIPE)
    assert str(found.value) == f"{path / 'best.pt' if what == 'empty folder' else path}: {lines[what]}"
    assert capsys.readouterr().out == ""


def test_checkpoints_of_others_are_one_clear_line(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pt")
    other: Recipe[Any] = Recipe("viml", ToySettings, RECIPE.prepare, RECIPE.build)
    with pytest.raises(CheckpointError, match=r"a\.pt: a checkpoint of 'toy', not of 'viml'$"):
        load_system(path, other)
    with pytest.raises(CheckpointError, match=r"a\.pt: a checkpoint of 'toy', a system unknown here$"):
        load_system(path)
    write(path, settings={"old": 1})
    with pytest.raises(CheckpointError, match=r"its configuration is of another version \(old\)$"):
        load_system(path, RECIPE)
    weights = make().state_dict()
    write(path, weights={**weights, "first.bias": torch.zeros(2)})
    with pytest.raises(CheckpointError, match=r"weights of another network \(size mismatch for first.bias"):
        load_system(path, RECIPE)
    write(path, weights={name: value for name, value in weights.items() if name != "bank"})
    with pytest.raises(CheckpointError, match=r"weights of another network \(bank and 0 more\)"):
        load_system(path, RECIPE)


def test_writing_keeps_the_old_one_until_the_new_one_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.pt", stages=["first"])

    def fail(self: Path, target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="disk full"):
        write(path)
    assert read_checkpoint(path).stages == ["first"]
    assert list(tmp_path.iterdir()) == [path]


def test_snapshots_do_not_follow_and_tied_weights_stay_tied() -> None:
    network = nn.ModuleDict({"a": nn.Linear(2, 2), "b": nn.Linear(2, 2)})
    network["b"].weight = network["a"].weight
    kept = snapshot(network)
    before = kept["a.weight"].clone()
    network["a"].weight.data.add_(1)
    assert torch.equal(kept["a.weight"], before)
    assert kept["a.weight"] is kept["b.weight"]


def test_a_system_is_named_by_its_package() -> None:
    found = type("Alcap", (Toy,), {"__module__": "models.systems.alcap.system"})
    assert system_name(found(ToySettings(), {"inputs": 5})) == "alcap"
    assert system_name(make()) == "Toy"
