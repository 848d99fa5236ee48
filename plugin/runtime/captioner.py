"""Beam search over the caption decoder's ONNX graph with its KV cache."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.pack import Vocabulary
from plugin.runtime.sentences import WORSE, more_to_say, openings, tidy, worth
from plugin.runtime.session import Graph
from plugin.runtime.steps import Steps, on_what_device_there_is
from plugin.runtime.system_search import best_places

Array = npt.NDArray[np.float32]
EXCERPTS = 3
"""Segments of a long range whose latents the decoder attends to: more say little new and cost time."""
BEAMS = 8
LENGTH_PENALTY = 1.0
WIDER = 4
"""How many times as many hypotheses are kept to find a sentence that no other track has."""
CROSS = {"cross_keys": 1, "cross_values": 1, "cross_mask": 0}
"""The decoder's memory, with the axes of the batch."""
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
        empty = [settings["layers"], -1, settings["heads"], 0, settings["head_width"]]
        self._steps = {
            "memory": CROSS, "broadcasts": True, "outputs": ["logits", "keys", "values"],
            "state": [{"past": f"past_{each}", "next": each, "axis": 1, "shape": empty} for each in ("keys", "values")],
        }  # fmt: skip

    def write(
        self, sequence: Array, tags: Array, lyrics: Array, beams: int, *, taken: Callable[[str], bool] | None = None,
        facts: Sequence[str] = (),
    ) -> str:  # fmt: skip
        """Caption a range in words; parameters as for `tokens`.

        Of the sentences that the beam search finished, the likeliest wins, where each tag that it names and that is
        heard counts for it, and each that is not heard against it: the likeliest sentence alone says little.
        One that is taken gives way to the next that is nearly as good, then to those of a wider search; where these
        are taken as well, the best says more of what is heard.

        Parameters
        ----------
        taken : callable, optional
            Tells whether a sentence is another track's.
        facts : sequence of str
            What else is known to be true, to be said where all else is taken.

        Returns
        -------
        str
            A sentence that is taken only where there is nothing more to say.
        """
        best = ""
        for width in (beams, WIDER * beams) if taken else (beams,):
            sentences = self._ranked(sequence, tags, lyrics, width)
            best = best or sentences[0]
            for sentence in sentences:
                if taken is None or not taken(sentence):
                    return sentence
        longer = (f"{best} Also: {more}." for more in more_to_say(best, self._vocabulary, tags, facts))
        return next((sentence for sentence in longer if taken is not None and not taken(sentence)), best)

    def _ranked(self, sequence: Array, tags: Array, lyrics: Array, beams: int) -> list[str]:
        """The finished sentences that are nearly as good as the best, best first."""
        texts = [(score, self._tokenizer.decode(ids)) for score, ids in self._finished(sequence, tags, lyrics, beams)]
        found = [(score + worth(text, self._vocabulary, tags), text) for score, text in openings(texts)]
        found.sort(key=lambda pair: (-pair[0], -len(pair[1])))
        near = [tidy(text) for value, text in found if value >= found[0][0] - WORSE]
        return list(dict.fromkeys(near))

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
        found = self._encoder(sequence=latents, tags=tags[None], lyrics=lyrics, lyric_mask=mask)
        cross = dict(zip(CROSS, found, strict=True))
        return on_what_device_there_is(
            lambda: self._search(Steps(self._decoder, self._steps), cross, beams, block_repeats)
        )

    def _search(
        self, decoder: Steps, cross: Mapping[str, Array], beams: int, block_repeats: bool
    ) -> list[tuple[float, list[int]]]:
        """Beam search (Sutskever et al. 2014, section 3.2), all beams in one call.

        Gives the finished sequences without begin and end, each with its log-probability over its length.
        """
        s = self._settings
        decoder.start(cross)
        alive: list[tuple[float, list[int]]] = [(0.0, [s["begin"]])]
        finished: list[tuple[float, list[int]]] = []
        for _ in range(s["max_tokens"] - 1):
            logits = decoder.step(np.array([[tokens[-1]] for _, tokens in alive], np.int64))
            scores = log_softmax(logits[:, -1])
            if block_repeats:
                for row, (_, tokens) in enumerate(alive):
                    scores[row, repeated(tokens)] = -np.inf
            scores += np.array([[score] for score, _ in alive], np.float32)
            best = best_places(scores.ravel(), 2 * beams)
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
            decoder.select(np.array(parents))
            alive = grown
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
