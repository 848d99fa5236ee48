"""WordNet's database as a list of English words and of names.

The files are read as Princeton publishes them (wndb(5WN), morphy(7WN)); Debian packs them as wordnet-base.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

PARTS = ("noun", "verb", "adj", "adv")
# Morphy's endings: what an inflected word may end in, and what its lemma then ends in.
ENDINGS = {
    "noun": (("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"),
             ("ies", "y")),
    "verb": (("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", "")),
    "adj": (("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "adv": (),
}  # fmt: skip
LONGEST_NAME = 3
"""Words of the longest name that is looked for."""
# WordNet has only nouns, verbs, adjectives and adverbs: the closed classes of English are listed here.
_CLOSED = """
a an the this that these those each every either neither some any no none another other such same all both half
i me my mine myself you your yours yourself yourselves he him his himself she her hers herself it its itself we us
our ours ourselves they them their theirs themselves one oneself who whom whose which what whoever whatever
whichever someone somebody something anyone anybody anything everyone everybody everything nobody nothing
and or but nor so yet for if then else than as because since while whereas although though unless until till
whether when whenever where wherever why how lest
of in on at by to from with without within into onto upon over under above below between among amid across along
around about against after before behind beneath beside besides beyond during except inside outside near off out
past per through throughout toward towards underneath unlike up down via versus
be am is are was were been being do does did done doing have has had having can could may might must shall should
will would ought cannot gonna wanna gotta ain't let's not never ever
oh ah ooh hey hello hi yeah yes okay ok la na uh hmm wow bye
"""
FUNCTION_WORDS = frozenset(_CLOSED.split())
CONTRACTED = ("n't", "'s", "'re", "'ve", "'ll", "'d", "'m", "s'", "in'")


class WordNet:
    """Words and names of one database.

    Parameters
    ----------
    folder : Path
        With index.noun, data.noun, noun.exc and so on.

    Raises
    ------
    OSError
        If a file is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.lemmas: dict[str, set[str]] = {}
        first_sense: dict[str, str] = {}
        for part in PARTS:
            words = set()
            for line in (folder / f"index.{part}").read_text(encoding="utf-8").splitlines():
                if line.startswith(" "):  # the licence
                    continue
                fields = line.split()
                words.add(fields[0])
                if part == "noun":
                    first_sense[fields[0]] = fields[-int(fields[2])]
            self.lemmas[part] = words
        self.irregular = {
            part: {line.split()[0] for line in (folder / f"{part}.exc").read_text(encoding="utf-8").splitlines()}
            for part in PARTS
        }
        instances = {
            line.split(" ", 1)[0]
            for line in (folder / "data.noun").read_text(encoding="utf-8").splitlines()
            if " @i " in line
        }
        other = self.lemmas["verb"] | self.lemmas["adj"] | self.lemmas["adv"] | FUNCTION_WORDS
        self.names = {word for word, sense in first_sense.items() if sense in instances} - other

    def is_english(self, word: str) -> bool:
        """Whether a lower-case word, inflected or not, contracted or not, is English; numbers are."""
        if word in FUNCTION_WORDS or word.isdecimal():
            return True
        for ending in CONTRACTED:
            if word.endswith(ending) and len(word) > len(ending):
                stem = word.removesuffix(ending)
                bare = {"n't": (stem, stem + "n"), "s'": (stem + "s",), "in'": (stem + "ing",)}.get(ending, (stem,))
                if any(self.is_english(candidate) for candidate in bare):
                    return True
        return any(self._is_lemma_of(word, part) for part in PARTS)

    def _is_lemma_of(self, word: str, part: str) -> bool:
        if word in self.lemmas[part] or word in self.irregular[part]:
            return True
        lemmas = self.lemmas[part]
        return any(
            word.endswith(ending) and len(word) > len(ending) + 1 and word[: -len(ending)] + lemma in lemmas
            for ending, lemma in ENDINGS[part]
        )

    def name_in(self, words: list[str]) -> str | None:
        """Give the first name among lower-case words: one whose most frequent sense is an instance (wninput: @i)."""
        for length in range(LONGEST_NAME, 0, -1):
            for start in range(len(words) - length + 1):
                part = words[start : start + length]
                joined = "_".join(word.removesuffix("'s") for word in part)
                if joined in self.names:
                    return " ".join(part)
        return None


@cache
def load(folder: Path) -> WordNet | None:
    """Give the database in a folder, None where there is none."""
    try:
        return WordNet(folder)
    except OSError:
        return None
