"""Beam search over the caption decoder's ONNX graph with its KV cache."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.pack import Vocabulary
from plugin.runtime.session import Graph

Array = npt.NDArray[np.float32]
EXCERPTS = 3
"""Segments of a long range whose latents the decoder attends to: more say little new and cost time."""
BEAMS = 8
LENGTH_PENALTY = 1.0
HEARD, UNHEARD = 0.2, 0.6
"""What a tag named in a caption adds to the sentence's score when it is heard, for each time e that its score is above
the usual one, and takes off when it is not: a sentence shall name what is there, and of that what is particular."""
MISPUT = 1.0
ARTICLE_BEFORE_PLURAL = re.compile(r"\ban? (?:\w+ )?(?:drums|strings|bells|congas|bagpipes|vocals)\b")
"""Bad English ("a drums") that the decoder learnt from some of its sentences, and what it takes off."""
DOUBLED = re.compile(r"\b([a-z][\w -]*\w)(?:,| and|, and| meets) \1\b")
"""A thing joined with itself ("pop and pop"): a sentence with more places than there are tags for them."""
REPEATS = 3
"""No sequence of this many tokens comes twice in a caption."""


class CaptionWriter:
    """Turns music latents, tags and lyrics into a sentence.

    Parameters
    ----------
    encoder, decoder : Graph
        `caption_encoder` and `caption_decoder` of a pack.
    tokenizer : tokenizers.Tokenizer
    vocabulary : Vocabulary
        The tags' names and thresholds.
    settings : dict
        The manifest's "caption" entry: layers, heads, head_width, begin, end, max_tokens.
    """

    def __init__(
        self, encoder: Graph, decoder: Graph, tokenizer: Any, vocabulary: Vocabulary, settings: dict[str, int]
    ) -> None:
        self._encoder, self._decoder, self._tokenizer = encoder, decoder, tokenizer
        self._vocabulary, self._settings = vocabulary, settings

    def write(self, sequence: Array, tags: Array, lyrics: Array, beams: int) -> str:
        """Caption a range in words; parameters as for `tokens`.

        Of the sentences that the beam search finished, the likeliest wins, where each tag that it names and that is
        heard counts for it, and each that is not heard against it: the likeliest sentence alone says little.
        """
        found = [(score, self._tokenizer.decode(ids)) for score, ids in self._finished(sequence, tags, lyrics, beams)]
        return tidy(max(found, key=lambda pair: pair[0] + self._worth(pair[1], tags))[1])

    def _worth(self, text: str, tags: Array) -> float:
        """What the words of a sentence add to its score, or take from it."""
        worth = -MISPUT * (bool(ARTICLE_BEFORE_PLURAL.search(text)) + bool(DOUBLED.search(text)))
        for tag, score in zip(self._vocabulary.tags, tags.tolist(), strict=True):
            if re.search(rf"\b{re.escape(tag.name)}\b", text):
                worth += HEARD * math.log(score / tag.usual) if score >= tag.threshold else -UNHEARD
        return worth

    def tokens(
        self, sequence: Array, tags: Array, lyrics: Array, *, beams: int, block_repeats: bool = True
    ) -> list[int]:
        """Token ids of the likeliest caption.

        Parameters
        ----------
        sequence : float32 [B, 20, 256]
            Latents of the range's segments.
        tags : float32 [V]
            Tag scores of the range.
        lyrics : float32 [1, L, width]
            Token vectors of the lyrics; L may be 0.
        beams : int
            Hypotheses kept at each step.
        block_repeats : bool
            Keep three tokens in a row from coming twice.
        """
        return max(self._finished(sequence, tags, lyrics, beams, block_repeats))[1]

    def _finished(
        self, sequence: Array, tags: Array, lyrics: Array, beams: int, block_repeats: bool = True
    ) -> list[tuple[float, list[int]]]:
        """Run the encoder and search."""
        chosen = np.linspace(0, len(sequence) - 1, min(EXCERPTS, len(sequence))).round().astype(int)
        latents = sequence[chosen].reshape(1, -1, sequence.shape[-1])
        mask = np.ones(lyrics.shape[:2], np.float32)
        cross = self._encoder(sequence=latents, tags=tags[None], lyrics=lyrics, lyric_mask=mask)
        return self._search(cross, beams, block_repeats)

    def _search(self, cross: list[Array], beams: int, block_repeats: bool) -> list[tuple[float, list[int]]]:
        """Beam search (Sutskever et al. 2014, section 3.2), all beams in one call.

        Gives the finished sequences without begin and end, each with its log-probability over its length.
        """
        s = self._settings
        keys, values, mask = cross
        cache = np.zeros((s["layers"], 1, s["heads"], 0, s["head_width"]), np.float32)
        past = (cache, cache)
        alive: list[tuple[float, list[int]]] = [(0.0, [s["begin"]])]
        finished: list[tuple[float, list[int]]] = []
        for _ in range(s["max_tokens"] - 1):
            count = len(alive)
            logits, new_keys, new_values = self._decoder(
                ids=np.array([[tokens[-1]] for _, tokens in alive], np.int64),
                past_keys=past[0],
                past_values=past[1],
                cross_keys=np.repeat(keys, count, axis=1),
                cross_values=np.repeat(values, count, axis=1),
                cross_mask=np.repeat(mask, count, axis=0),
            )
            scores = log_softmax(logits[:, -1])
            if block_repeats:
                for row, (_, tokens) in enumerate(alive):
                    scores[row, repeated(tokens)] = -np.inf
            scores += np.array([[score] for score, _ in alive], np.float32)
            best = np.argsort(scores, axis=None)[::-1][: 2 * beams]
            parents: list[int] = []
            grown: list[tuple[float, list[int]]] = []
            for rank, flat in enumerate(best):
                row, token = divmod(int(flat), scores.shape[1])
                score, tokens = float(scores[row, token]), alive[row][1]
                if token == s["end"]:
                    if rank < beams:
                        finished.append((score / len(tokens) ** LENGTH_PENALTY, tokens[1:]))
                elif len(grown) < beams:
                    grown.append((score, [*tokens, token]))
                    parents.append(row)
            # Greedy decoding ends at its first end; a beam when none alive is better than the finished ones.
            beaten = finished and max(finished)[0] >= grown[0][0] / len(grown[0][1]) ** LENGTH_PENALTY
            if len(finished) >= beams and (beams == 1 or beaten):
                break
            alive, past = grown, (new_keys[:, parents], new_values[:, parents])
        if not finished:
            finished = [(alive[0][0], alive[0][1][1:])]
        return finished


def log_softmax(logits: Array) -> Array:
    """Logarithm of the softmax over the last axis."""
    shifted = logits - logits.max(-1, keepdims=True)
    normed: Array = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    return normed


def repeated(tokens: list[int]) -> list[int]:
    """Tokens that would complete a sequence of `REPEATS` tokens that is already there."""
    tail = tokens[len(tokens) - REPEATS + 1 :]
    if len(tokens) < REPEATS:
        return []
    return [tokens[i + REPEATS - 1] for i in range(len(tokens) - REPEATS + 1) if tokens[i : i + REPEATS - 1] == tail]


def tidy(text: str) -> str:
    """Capitals where sentences start and a full stop at the end; the tokenizer knows only small letters."""
    text = " ".join(text.split())
    out, start = [], True
    for character in text:
        out.append(character.upper() if start and character.isalpha() else character)
        start = (start and not character.isalpha()) or character in ".!?"
    text = "".join(out)
    return text if not text or text[-1] in ".!?" else text + "."
