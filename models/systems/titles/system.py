"""The song-title network: image vector in, words out (section 2)."""

from __future__ import annotations

import logging
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

from models.datasets.base import Split
from models.errors import DatasetError
from models.generation.search import Hypothesis, beam_search
from models.systems.base import Batch, Prepared, State, System
from models.systems.titles.decoders import build_decoder
from models.systems.titles.encoder import Encoder
from models.systems.titles.evaluation import evaluate
from models.systems.titles.glove import read_glove
from models.systems.titles.settings import TitlesSettings
from models.systems.titles.timbre import replicas
from models.systems.tokens import from_state

_log = logging.getLogger(__name__)


class Titles(System):
    """ResNet and decoder; timbre goes past the ResNet ("backdoor", figure 3).

    Parameters
    ----------
    settings : TitlesSettings
    state : dict
        Of `PreparedTitles`: the vocabulary, the ResNet's configuration (None: timbre only, no ResNet is made).
    """

    replicas: Tensor

    def __init__(self, settings: TitlesSettings, state: State) -> None:
        super().__init__()
        self.settings = settings
        self.tokenizer = from_state(state["tokenizer"])
        self.begin, self.end = self.tokenizer.bos_token_id, self.tokenizer.eos_token_id
        banned = [self.tokenizer.pad_token_id, self.begin, self.tokenizer.unk_token_id]
        model = settings.model
        self.encoder = None if state["resnet"] is None else Encoder(state["resnet"], model.width, model.standardise)
        self.decoder = build_decoder(model, len(self.tokenizer), banned, settings.data.longest)
        self.register_buffer("replicas", torch.from_numpy(replicas(model.width)), persistent=False)

    def load_pretrained(self) -> None:
        """Take the published weights that the settings name; ConfigError where they cannot be had or do not fit."""
        if self.encoder is not None and self.settings.model.pretrained is not None:
            self.encoder.load_pretrained(self.settings.model.pretrained)
        if self.settings.model.glove is not None:
            self._load_glove(Path(self.settings.model.glove).expanduser())

    def _load_glove(self, path: Path) -> None:
        vectors = read_glove(path, self.tokenizer.get_vocab(), self.settings.model.embedding)
        weight = self.decoder.embedding.weight
        with torch.no_grad():
            # Words that the file lacks begin as spread out as its own.
            weight.mul_(float(vectors.values.std()))
            weight[torch.from_numpy(vectors.rows).to(weight.device)] = torch.from_numpy(vectors.values).to(weight)
        _log.info("%s: %d words found, %d not", path, len(vectors.rows), len(vectors.missing))

    def memory(self, batch: Batch) -> Tensor:
        """Give the image vectors I_e, float32 [B, width]; DatasetError for pictures where there is no ResNet."""
        if "timbre" in batch:
            timbre: Tensor = batch["timbre"].float()
            return timbre[:, self.replicas]
        if self.encoder is None:
            raise DatasetError("this system learnt from timbre and has no ResNet: it cannot be run on pictures")
        vectors: Tensor = self.encoder(batch["pixels"])
        return vectors

    def token_losses(self, memory: Tensor, batch: Batch) -> Tensor:
        """Cross-entropy of every word and the end, float32 [B, T], 0 behind the end."""
        logits = self.decoder(memory, batch["ids"][:, :-1])
        losses = F.cross_entropy(logits.float().flatten(0, 1), batch["ids"][:, 1:].flatten(), reduction="none")
        kept: Tensor = losses.view(batch["ids"].shape[0], -1) * batch["mask"][:, 1:]
        return kept

    def losses(self, batch: Batch, stage: str) -> dict[str, Tensor]:
        """Mean cross-entropy of a token."""
        losses = self.token_losses(self.memory(batch), batch)
        return {"loss": losses.sum() / batch["mask"][:, 1:].sum()}

    def search(self, memory: Tensor, beams: int, keep: int = 1) -> list[list[Hypothesis]]:
        """Find titles for image vectors [B, width], best first; call in evaluation mode."""
        return beam_search(
            self.decoder,
            memory,
            begin=self.begin,
            end=self.end,
            longest=self.settings.data.longest - 1,
            beams=beams,
            keep=keep,
            length_penalty=self.settings.evaluation.length_penalty,
        )

    def evaluate(self, prepared: Prepared, split: Split) -> dict[str, float]:
        """Loss, perplexity, and the titles' scores and running time by size of the beam."""
        return evaluate(self, prepared, split)
