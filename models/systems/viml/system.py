"""ViML: video and text to a query, music to what is searched, both in one space (ViML, section 3.2)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from models.datasets.base import Split
from models.systems.base import Batch, Prepared, State, System
from models.systems.viml.evaluation import evaluate
from models.systems.viml.loss import info_nce
from models.systems.viml.network import Encoder, make_fusion
from models.systems.viml.settings import ViMLSettings
from models.trainer.distributed import gather_with_grad


class ViML(System):
    """The network in the variant that the settings name.

    Parameters
    ----------
    state : mapping
        Of `Prepared.state`: widths of the features, the empty string's vector, means and spreads.
    """

    empty_text: Tensor
    usual_video: Tensor

    def __init__(self, settings: ViMLSettings, state: State) -> None:
        super().__init__()
        self.settings = settings
        model = settings.model
        self.music = self._encoder("music", state)
        self.video = self._encoder("video", state) if model.sees else None
        self.text = self._encoder("text", state) if model.reads else None
        self.fusion = make_fusion(model.fusion, model) if model.sees and model.reads else None
        # What stands for a text, or a video, that is not given.
        self.register_buffer("empty_text", torch.tensor(state["empty_text"], dtype=torch.float32), persistent=False)
        self.register_buffer("usual_video", torch.tensor(state["usual_video"], dtype=torch.float32), persistent=False)

    def _encoder(self, name: str, state: State) -> Encoder:
        mean, spread = state[f"{name}_mean"], state[f"{name}_spread"]
        return Encoder(len(mean), self.settings.model, torch.tensor(mean), torch.tensor(spread))

    def embed_music(self, music: Tensor, valid: Tensor) -> Tensor:
        """Unit vectors [B, D] of segment features [B, T, F]; `valid` bool [B, T]."""
        return F.normalize(self.music(music, valid), dim=-1)

    def embed_query(
        self,
        video: Tensor | None = None,
        valid: Tensor | None = None,
        text: Tensor | None = None,
        has_text: Tensor | None = None,
    ) -> Tensor:
        """Unit vectors of queries.

        Parameters
        ----------
        video, valid : Tensor, optional
            Segment features [B, T, F] and bool [B, T]. Without them the mean video of the training split stands in,
            one segment long: the model never sees a query without video while it learns.
        text : Tensor, optional
            Vectors [B, F]; without them the empty string's.
        has_text : Tensor, optional
            bool [B]; where False the empty string's vector takes the place of `text` (text dropout, section 3.2).

        Returns
        -------
        Tensor
            [B, D].
        """
        rows = len(video) if video is not None else len(text) if text is not None else 1
        parts = []
        if self.video is not None:
            if video is None or valid is None:
                video = self.usual_video.expand(rows, 1, -1)
                valid = torch.ones(rows, 1, dtype=torch.bool, device=video.device)
            parts.append(self.video(video, valid))
        if self.text is not None:
            if text is None:
                text = self.empty_text.expand(rows, -1)
            elif has_text is not None:
                text = torch.where(has_text[:, None], text, self.empty_text)
            parts.append(self.text(text[:, None], torch.ones(rows, 1, dtype=torch.bool, device=text.device)))
        return F.normalize(parts[0] if self.fusion is None else self.fusion(*parts), dim=-1)

    def losses(self, batch: Batch, stage: str) -> dict[str, Tensor]:
        """Sum of both directions, over the batches of all processes."""
        query = self.embed_query(batch.get("video"), batch.get("video_valid"), batch.get("text"), batch.get("has_text"))
        music = self.embed_music(batch["music"], batch["music_valid"])
        forth, back = info_nce(gather_with_grad(query), gather_with_grad(music), self.settings.model.tau)
        return {"loss": forth + back, "query_to_music": forth, "music_to_query": back}

    def evaluate(self, prepared: Prepared, split: Split) -> dict[str, float]:
        """Retrieval with and without text, at track and clip level; see `models.systems.viml.evaluation`."""
        return evaluate(self, prepared, split)
