"""Which published tagger a state dict is of, and the classes of the sets that they were trained on."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from torch import Tensor, nn

from models.errors import CheckpointError
from models.teachers import choi, musicnn, short_chunk
from models.teachers.front import clear_denormals

SETS_FILE = Path(__file__).with_name("tag_sets.toml")
WIDE = 512
"""Width of Musicnn's back-end where it was trained on MSD, and nowhere else."""


@dataclass(frozen=True)
class Tagger:
    """A tagger with its weights.

    Attributes
    ----------
    family : str
        "Musicnn", "FCN", "CRNN" or "ShortChunkCNN".
    network : Module
        float32 mono audio at 16 kHz [B, chunk] to scores 0..1 [B, classes]; in evaluation mode.
    chunk : int
        Samples that one prediction hears.
    classes : int
    trained_on : str
        Name of the set of classes where the shapes tell, else empty.
    """

    family: str
    network: nn.Module
    chunk: int
    classes: int
    trained_on: str = ""


@cache
def tag_sets() -> dict[str, list[str]]:
    """Give the classes of each set in output order."""
    return tomllib.loads(SETS_FILE.read_text(encoding="utf-8"))


def tagger_of(state: Mapping[str, Tensor]) -> Tagger:
    """Build the network that a state dict is of.

    Raises
    ------
    CheckpointError
        It is of none of the family, or not whole; without the file's name.
    """
    family, make, last, chunk = _kind(state)
    if not _rows(state, last):
        raise CheckpointError(f"weights like those of {family}, but not all of them ({last} is missing)")
    classes = _rows(state, last)
    network = make(classes)
    trained_on = "msd" if family == "Musicnn" and _rows(state, "layer1.conv.weight") == WIDE else ""
    clear_denormals(state)
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        reason = " ".join(str(error).split("\n")[1].split()) if "\n" in str(error) else str(error)
        raise CheckpointError(f"weights like those of {family}, but not all of them ({reason[:200]})") from error
    return Tagger(family, network.eval(), chunk, classes, trained_on)


def _kind(state: Mapping[str, Tensor]) -> tuple[str, Callable[[int], nn.Module], str, int]:
    """Family, what makes its network for a number of classes, name of the last layer's weights, samples."""
    if "layers.0.conv.weight" in state:
        width, dense = _rows(state, "layer1.conv.weight"), _rows(state, "dense1.weight")
        return "Musicnn", lambda tags: musicnn.Musicnn(width, dense, tags), "dense2.weight", musicnn.CHUNK
    if "layer5.weight_ih_l0" in state:
        return "CRNN", choi.CRNN, "dense.weight", choi.CHUNK
    if "spec.mel_scale.fb" in state and "layer7.conv_3.weight" in state:
        channels = _rows(state, "layer1.conv_1.weight")
        return ("ShortChunkCNN", lambda tags: short_chunk.ShortChunkCNN(True, channels, tags), "dense2.weight",
                short_chunk.CHUNK)  # fmt: skip
    if "spec.mel_scale.fb" in state and "layer7.conv.weight" in state:
        channels = _rows(state, "layer1.conv.weight")
        return ("ShortChunkCNN", lambda tags: short_chunk.ShortChunkCNN(False, channels, tags), "dense2.weight",
                short_chunk.CHUNK)  # fmt: skip
    if "layer5.conv.weight" in state and "dense.weight" in state:
        return "FCN", choi.FCN, "dense.weight", choi.CHUNK
    raise CheckpointError("weights of no tagger that is known: Musicnn, FCN, CRNN, ShortChunkCNN")


def _rows(state: Mapping[str, Tensor], name: str) -> int:
    """Outputs of a layer; 0 where it is not there."""
    return int(state[name].shape[0]) if name in state and state[name].ndim else 0
