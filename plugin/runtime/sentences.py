"""What a sentence about music is worth, and what else could be said."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

import numpy as np
import numpy.typing as npt

from plugin.pack import Vocabulary

HEARD, UNHEARD = 0.2, 0.6
"""What a tag named in a caption adds to the sentence's score when it is heard, for each time e that its score is above
the usual one, and takes off when it is not: a sentence shall name what is there, and of that what is particular."""
MISPUT = 1.0
ARTICLE_BEFORE_PLURAL = re.compile(r"\ban? (?:\w+ )?(?:drums|strings|bells|congas|bagpipes|vocals)\b")
"""Bad English ("a drums") that the decoder learnt from some of its sentences, and what it takes off."""
DOUBLED = re.compile(r"\b([a-z][\w -]*\w)(?:,| and|, and| meets) \1\b")
"""A thing joined with itself ("pop and pop"): a sentence with more places than there are tags for them."""
PLAYED_ON = re.compile(r"\b(?:performed|played|playing) (?:on|by|with) (?:an? |the )?([a-z][\w -]*|)")
"""What follows must be something that can be played: without an instrument in the sound the decoder is short of a word
here ("performed on the heart"), or of all of them ("performed on a")."""
OPENED_LATE = re.compile(r"^\s*(?:this|it) is (?:followed|accompanied|joined)\b")
"""A beginning that goes on from a sentence that is not there."""
WORSE = UNHEARD
"""How much less than the best another sentence may be worth, to stand for it where it is taken."""
PLAYERS = ("instrument", "vocal")
"""Groups of tags that can be played."""
MOST_MORE = 3
"""Things that are added to a sentence at most."""


def worth(text: str, vocabulary: Vocabulary, tags: npt.NDArray[np.float32]) -> float:
    """What the words of a sentence, in small letters, add to its score, or take from it.

    Parameters
    ----------
    tags : float32 [V]
        Scores in the vocabulary's order.
    """
    total = -MISPUT * sum(bool(bad.search(text)) for bad in (ARTICLE_BEFORE_PLURAL, DOUBLED, OPENED_LATE))
    players = [tag.name for tag in vocabulary.tags if tag.group in PLAYERS]
    for played in PLAYED_ON.findall(text):
        total -= MISPUT * (not any(names(played, player) for player in players))
    for tag, score in zip(vocabulary.tags, tags.tolist(), strict=True):
        if names(text, tag.name):
            total += HEARD * math.log(score / tag.usual) if score >= tag.threshold else -UNHEARD
    return total


def openings(texts: Iterable[tuple[float, str]]) -> Iterator[tuple[float, str]]:
    """Give scored texts, and of those of several sentences the first one alone, which may say all that is known."""
    for score, text in texts:
        yield score, text
        first, dot, rest = text.partition(". ")
        if rest:
            yield score, first + dot.strip()


def more_to_say(
    text: str, vocabulary: Vocabulary, tags: npt.NDArray[np.float32], facts: Sequence[str]
) -> Iterator[str]:
    """What is heard and a sentence does not say, the most particular first, then facts: one to three at once.

    Parameters
    ----------
    tags : float32 [V]
        Scores in the vocabulary's order.
    facts : sequence of str
        What else is true.
    """
    heard = [(score / tag.usual, tag.name) for tag, score in zip(vocabulary.tags, tags.tolist(), strict=True)
             if score >= tag.threshold and not names(text.lower(), tag.name)]  # fmt: skip
    words = [*(name for _, name in sorted(heard, reverse=True)), *facts]
    for count in range(1, MOST_MORE + 1):
        yield from map(", ".join, combinations(words, count))


def names(text: str, tag: str) -> bool:
    """Whether a text in small letters names a tag."""
    return re.search(rf"\b{re.escape(tag)}\b", text) is not None


def tidy(text: str) -> str:
    """Capitals where sentences start and a full stop at the end; the tokenizer knows only small letters."""
    text = " ".join(text.split())
    out, start = [], True
    for character in text:
        out.append(character.upper() if start and character.isalpha() else character)
        start = (start and not character.isalpha()) or character in ".!?"
    text = "".join(out)
    return text if not text or text[-1] in ".!?" else text + "."
