"""How alike sentences are in meaning, by the vectors of a sentence encoder.

Conventions
-----------
An encoder takes a list of N texts and gives float32 [N, D], rows of unit norm. `encoder()` is all-MiniLM-L6-v2 from an
installed package; `encoder(name)` any encoder of transformers from a folder or the hub, mean-pooled as
sentence-transformers do. Similarities are cosines in percent (-100 to 100). Sentences about music are all alike to
such an encoder, so a similarity is given beside its chance level: that with the references of other examples.

Metrics
-------
* :func:`similarity`: generated captions against their references
* :func:`retrieval`: text-to-music retrieval through generated captions
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from transformers import AutoModel, AutoTokenizer

from models.errors import ConfigError
from models.metrics import captions
from models.metrics.retrieval import through_captions
from models.teachers.sentence import SentenceTeacher

Encoder = Callable[[list[str]], np.ndarray]


class MeanPooled:
    """A transformers encoder whose last states are averaged over the tokens and normalised.

    Parameters
    ----------
    name : str or Path
        Folder or hub name. ConfigError where there is no encoder.
    device : str
        Where it runs.
    longest : int
        Tokens of a text that are read.
    """

    def __init__(self, name: str | Path, *, device: str = "cpu", longest: int = 256) -> None:
        try:
            self.tokenizer = AutoTokenizer.from_pretrained(str(name))
            self.model = AutoModel.from_pretrained(str(name)).eval().to(device)
        except (OSError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise ConfigError(f"{name}: no sentence encoder there ({reason}); give a folder or a hub name") from error
        self.longest = longest

    @torch.no_grad()
    def __call__(self, texts: list[str], batch: int = 64) -> np.ndarray:
        """Vectors float32 [N, D] of unit norm; texts of like length share a batch, so that batches pad little."""
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]))
        out = np.empty((len(texts), self.model.config.hidden_size), np.float32)
        for first in range(0, len(order), batch):
            rows = order[first : first + batch]
            tokens = self.tokenizer(
                [texts[i] for i in rows],
                padding=True,
                truncation=True,
                max_length=self.longest,
                return_tensors="pt",
            ).to(self.model.device)
            states = self.model(**tokens).last_hidden_state
            mask = tokens["attention_mask"][..., None].to(states.dtype)
            # A text without a token (empty, and a tokenizer that adds none) is the zero vector.
            pooled = (states * mask).sum(1) / mask.sum(1).clamp(min=1)
            out[rows] = torch.nn.functional.normalize(pooled.float(), dim=-1).cpu().numpy()
        return out


def encoder(name: str | Path | None = None, *, device: str = "cpu") -> Encoder:
    """Give a sentence encoder: all-MiniLM-L6-v2 (no download; always on the CPU), or the named one."""
    return SentenceTeacher() if name is None else MeanPooled(name, device=device)


def similarity(hypotheses: Sequence[str], references: Sequence[Sequence[str]], encode: Encoder) -> dict[str, float]:
    """Cosine of every hypothesis with the nearest of its references, the mean over examples.

    Returns
    -------
    dict of str to float
        similarity in percent; chance_similarity, the same with the references of each other example, averaged over
        them (left out for one example).
    """
    captions.validate(hypotheses, references)
    texts = [text for group in references for text in group]
    starts = np.cumsum([0, *(len(group) for group in references[:-1])])
    cosines = encode(list(hypotheses)) @ encode(texts).T
    nearest = np.maximum.reduceat(cosines, starts, axis=1).astype(np.float64)  # [N, N], hypotheses by examples
    count = len(nearest)
    own = float(np.trace(nearest))
    scores = {"similarity": 100 * own / count}
    if count > 1:
        scores["chance_similarity"] = 100 * (float(nearest.sum()) - own) / (count * (count - 1))
    return scores


def retrieval(
    queries: Sequence[str],
    generated: Sequence[str],
    truth: np.ndarray,
    encode: Encoder,
    cutoffs: Sequence[int] = (5, 10, 20, 30),
) -> dict[str, float]:
    """Find pieces by texts through the captions generated for them; `truth` int [Q], see `through_captions`."""
    return through_captions(encode(list(queries)), encode(list(generated)), truth, cutoffs)
