"""Taggers with random weights, as state dicts: those of Won et al. 2020 without their training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch import nn

from export.material import Material
from models.teachers import choi, musicnn, short_chunk
from models.teachers.choi import CRNN, FCN
from models.teachers.musicnn import Musicnn
from models.teachers.short_chunk import ShortChunkCNN

FAMILIES: dict[str, Callable[[], nn.Module]] = {
    "Musicnn": lambda: Musicnn(8, 12), "FCN": FCN, "CRNN": CRNN,
    "ShortChunkCNN": lambda: ShortChunkCNN(False, 4), "ShortChunkCNN, residual": lambda: ShortChunkCNN(True, 4),
}  # fmt: skip
CHUNKS = {"Musicnn": musicnn.CHUNK, "FCN": choi.CHUNK, "CRNN": choi.CHUNK, "ShortChunkCNN": short_chunk.CHUNK}


def tagger(family: str) -> nn.Module:
    """Make one whose mel filters are triangles and whose answers are low and differ from sound to sound."""
    torch.manual_seed(0)
    network = FAMILIES[family]()
    bands = network.spec.mel_scale.fb.shape[1]
    centres, bins = torch.linspace(2, 250, bands), torch.arange(257.0)[:, None]
    network.spec.mel_scale.fb.copy_((1 - (bins - centres).abs() / 4).clamp(min=0))
    network.spec.spectrogram.window.copy_(torch.hann_window(512))
    with torch.no_grad():
        network.spec_bn.running_mean.fill_(-30.0)
        network.spec_bn.running_var.fill_(300.0)
        for norm in network.modules():
            if isinstance(norm, nn.modules.batchnorm._BatchNorm) and norm is not network.spec_bn:
                norm.momentum = 1.0  # the statistics are those of the sounds that are heard next
        network.train()
        network(Material(seed=1).sounds(16_000, 10.0).repeat(1, 3)[:, : CHUNKS[family.partition(",")[0]]])
        out = network.dense2 if hasattr(network, "dense2") else network.dense
        out.weight.mul_(4.0)
        out.bias.fill_(-2.0)
    return network.eval()


def save(family: str, path: Path) -> Path:
    torch.save(tagger(family).state_dict(), path)
    return path
