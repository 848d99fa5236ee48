"""The image encoder: a ResNet without its classifier, and a linear layer (section 2)."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoConfig, ResNetConfig, ResNetModel

from models.errors import ConfigError
from models.systems.titles.settings import ModelSettings

# Blocks of each stage (He et al. 2016, table 1). The one of 10 layers is the usual shallower sibling of 18.
DEPTHS = {
    10: (1, 1, 1, 1),
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
BOTTLENECK_FROM = 50
# Of ImageNet's training images, RGB, 0..1.
MEANS, DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def resnet_config(settings: ModelSettings) -> dict[str, Any]:
    """Give the ResNet's configuration as JSON-able values; ConfigError where the named one cannot be had."""
    if settings.pretrained is not None:
        try:
            config = AutoConfig.from_pretrained(settings.pretrained)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"model.pretrained: no ResNet at {settings.pretrained!r} ({str(error).splitlines()[0]}); "
                "give a folder or a hub name"
            ) from error
        if not isinstance(config, ResNetConfig):
            raise ConfigError(f"model.pretrained: {settings.pretrained!r} is a {config.model_type}, not a resnet")
        return _plain(config)
    bottleneck = settings.depth >= BOTTLENECK_FROM
    widest = 2048 if bottleneck else 512
    return _plain(
        ResNetConfig(
            embedding_size=max(1, 64 // settings.narrow),
            hidden_sizes=[max(1, widest // 2**step // settings.narrow) for step in (3, 2, 1, 0)],
            depths=list(DEPTHS[settings.depth]),
            layer_type="bottleneck" if bottleneck else "basic",
        )
    )


def _plain(config: Any) -> dict[str, Any]:
    return dict(config.to_dict())


class Encoder(nn.Module):
    """Pictures to vectors.

    Parameters
    ----------
    config : dict
        As `resnet_config` gives it.
    width : int
        Of the vectors.
    standardise : bool
        Divide by ImageNet's deviations after its means are subtracted.
    """

    means: Tensor
    deviations: Tensor

    def __init__(self, config: dict[str, Any], width: int, standardise: bool) -> None:
        super().__init__()
        resnet = ResNetConfig.from_dict(config)
        self.resnet = ResNetModel(resnet)
        channels: int = list(resnet.hidden_sizes or ())[-1]
        self.project = nn.Linear(channels, width)
        deviations = DEVIATIONS if standardise else (1.0, 1.0, 1.0)
        self.register_buffer("means", torch.tensor(MEANS)[:, None, None], persistent=False)
        self.register_buffer("deviations", torch.tensor(deviations)[:, None, None], persistent=False)

    def load_pretrained(self, name: str) -> None:
        """Take the weights of a checkpoint of the same configuration; ConfigError where they do not fit."""
        try:
            self.resnet.load_state_dict(ResNetModel.from_pretrained(name).state_dict())
        except (OSError, ValueError, RuntimeError) as error:
            raise ConfigError(f"model.pretrained: {name!r} cannot be loaded ({str(error).splitlines()[0]})") from error

    def forward(self, pixels: Tensor) -> Tensor:
        """Encode.

        Parameters
        ----------
        pixels : Tensor
            uint8 0..255 or float 0..1, [B, 3, H, W], or [B, 1, H, W] for all three channels the same.

        Returns
        -------
        Tensor
            float32 [B, width]: I_e of the paper, the mean over all places, projected.
        """
        intensity = pixels.float() / 255.0 if pixels.dtype == torch.uint8 else pixels.float()
        # The subtraction of [3, 1, 1] is also what makes three channels of one.
        pooled = self.resnet((intensity - self.means) / self.deviations).pooler_output
        projected: Tensor = self.project(pooled.flatten(1))
        return projected
