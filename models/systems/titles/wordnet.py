"""WordNet's database as a list of English words and of names.

Inflected words are divided as morphy(7WN) does, two letters at least before an ending ("as" is no plural). An
irregular form is English whatever its lemma is.
"""

from __future__ import annotations

from models.data.wordnet import ENDINGS, PARTS, Database, stems

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
    database : Database
        Is read through once for the names.
    """

    def __init__(self, database: Database) -> None:
        self._senses, self._exceptions = database.senses, database.exceptions
        instances = database.instances()
        nouns = self._senses["noun"]
        self.names = {
            word
            for word, (most_frequent, *_) in nouns.items()
            if most_frequent in instances
            and word not in FUNCTION_WORDS
            and not any(word in self._senses[part] for part in PARTS if part != "noun")
        }

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
        lemmas = self._senses[part]
        if word in lemmas or word in self._exceptions[part]:
            return True
        return any(stem in lemmas for stem in stems(word, ENDINGS[part], least=2))

    def name_in(self, words: list[str]) -> str | None:
        """Give the first name among lower-case words: one whose most frequent sense is an instance (wninput: @i)."""
        for length in range(LONGEST_NAME, 0, -1):
            for start in range(len(words) - length + 1):
                part = words[start : start + length]
                joined = "_".join(word.removesuffix("'s") for word in part)
                if joined in self.names:
                    return " ".join(part)
        return None
