"""Caption targets: sentences of MusicCaps whose tag words are replaced by those of the clip at hand.

No recordings come with the captions here, and no captions with the recordings. A sentence written by a musician keeps
its shape; each word that names a tag gives its place to a tag of the same group that is true of the clip. So every
target is grammatical, varied and says only what is known to be heard (compare ViML's data2text, section 3.3).
"""

from __future__ import annotations

import random
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from pathlib import Path

from models.data.musiccaps import read_musiccaps
from models.data.phrases import sentences
from models.data.vocabulary import Vocabulary, load_vocabulary

_WORDS = tomllib.loads(Path(__file__).with_name("caption_words.toml").read_text(encoding="utf-8"))
PLAIN_WORDS = frozenset(_WORDS["plain"].split())
NOT_ADJECTIVES = frozenset(_WORDS["fixed"].split())
GENRE_NOUN = re.compile(r" (song|music|piece|track|tune|style|beat|melody)")
MASS = frozenset({"drums", "strings", "congas", "steel drums", "bells", "bagpipes", "timpani", "percussion", "brass",
                  "pizzicato strings"})  # fmt: skip
"""Instruments whose names are plural or uncountable."""
FRAMES = Path(__file__).with_name("frames.toml")
REWRITES = (
    (re.compile(r"\bThe low quality recording\b", re.I), "The recording"),
    (re.compile(r"\b(?:low|poor|bad) quality\s+", re.I), ""),
    (re.compile(r"\s*(?:,|and)?\s*like something (?:you|that you|one) would (?:hear|listen).*?(?=\.|$)", re.I), ""),
    (re.compile(r"^(?:overall|in general|the listener can hear)[,:]?\s+", re.I), ""),
)
GENDER = {"male vocals": ("he", "his", "him", "man"), "female vocals": ("she", "her", "her", "woman")}
NONSENSE = re.compile(
    r"\bplay(?:s|ing)? (?:the |an? )?\{instrument\}|\ban instrument \{|\{genre\} (?:beat|rhythm)|\bplayed to\b"
    r"|\{instrument\} (?:with )?\{instrument\}|\{instrument\} line"
    r"|\{instrument\} is (?:being )?played (?:on|with)"
)
"""Frames that read as nonsense once other tags stand in them: a guitar does not play the drums."""
MELODY = re.compile(r"\b(?:melod\w*|tunes?|lead\w*|themes?|riffs?|chords?)\b")
BEAT = re.compile(r"\b(?:rhythm\w*|beats?|bassline)\b")
RHYTHM = frozenset({"drums", "percussion", "drum machine", "timpani", "congas", "bass guitar", "synth bass",
                    "slap bass", "double bass", "tuba"})  # fmt: skip
"""Instruments that keep time or carry the bass: they are not put where a sentence speaks of a melody."""
MOST_MOODS = 3
OWN_SHARE = 0.7
"""Share of targets from our own frames, which cover more tags in a sentence."""
RICHNESS = 1.5
"""A frame is drawn in proportion to this power of its number of tags: a caption should say something."""


@dataclass(frozen=True)
class Frame:
    """A text with places for tags.

    Attributes
    ----------
    parts : tuple of str
        Text between the places; one more than there are places.
    groups : tuple of str
        The group of the tag that belongs in each place.
    plural : tuple of bool
        Whether a place takes a plural or mass noun.
    """

    parts: tuple[str, ...]
    groups: tuple[str, ...]
    plural: tuple[bool, ...]

    @cached_property
    def need(self) -> Counter[str]:
        """How many tags of each group it takes."""
        return Counter(self.groups)

    @cached_property
    def sings(self) -> bool:
        """Whether its text speaks of a voice."""
        return re.search(r"\b(sing\w*|sung|vocal\w*|voices?|song)\b", " ".join(self.parts)) is not None

    @cached_property
    def alone(self) -> bool:
        """Whether its text says that one instrument plays by itself."""
        return re.search(r"\b(alone|solo)\b", " ".join(self.parts)) is not None

    @cached_property
    def melodic(self) -> tuple[bool, ...]:
        """Whether the instrument in each place carries a tune: one player does, or the text speaks of nothing else."""
        return tuple(not many or (MELODY.search(" ".join(self.parts)) is not None and all(self.plural))
                     for many in self.plural)  # fmt: skip

    @cached_property
    def instrumental(self) -> bool:
        """Whether its text says that nobody sings."""
        return re.search(r"\binstrumental|\bno voice", " ".join(self.parts)) is not None


def rewrite(text: str) -> str:
    """Take out remarks on recording quality and use."""
    for pattern, replacement in REWRITES:
        text = pattern.sub(replacement, text)
    return text.strip()


def frame_from_sentence(text: str, vocabulary: Vocabulary) -> Frame | None:
    """Find the places of tags in a musician's text; None where it says more than tags can vouch for."""
    lower = text.lower().strip(" .") + "."
    places: list[tuple[int, int, int]] = []
    for pattern, word, index in vocabulary.words:
        if word in NOT_ADJECTIVES or word.endswith((" song", " music")):
            continue
        for match in pattern.finditer(lower):
            if all(match.end() <= a or match.start() >= b for a, b, _ in places):
                places.append((match.start(), match.end(), index))
    places.sort()
    edges = [0, *(edge for a, b, _ in places for edge in (a, b)), len(lower)]
    parts = [lower[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2)]
    if not set(re.findall(r"[^\s,.;:]+", " ".join(parts))) <= PLAIN_WORDS:
        return None
    if any(not part.strip() for part in parts[1:-1]) and len(places) > 4:
        return None  # a heap of words, not a sentence
    # A genre stands before its noun, or "a drums" and "the song is a folk" would be learnt.
    for (_, _, index), part in zip(places, parts[1:], strict=True):
        if vocabulary.groups[index] == "genre" and not re.match(
            r" (song|music|piece|track|tune|style|beat|melody)", part
        ):
            return None
    groups = [vocabulary.groups[i] for _, _, i in places]
    shape = "".join(p + g for p, g in zip(parts, [*(f"{{{g}}}" for g in groups), ""], strict=True))
    text = " ".join(parts)
    if groups.count("genre") > 1 or groups.count("mood") > MOST_MOODS or NONSENSE.search(shape) or BEAT.search(text):
        return None
    plural = tuple(_is_plural(lower[a:b], vocabulary.groups[i]) for a, b, i in places)
    if any(many and re.search(r"\ban? $", part) for many, part in zip(plural, parts, strict=False)):
        return None  # "a drums"
    return Frame(tuple(parts), tuple(groups), plural)


def _is_plural(word: str, group: str) -> bool:
    return group in ("instrument", "vocal") and (word in MASS or (word.endswith("s") and not word.endswith("ss")))


def own_frames() -> list[Frame]:
    """Read `frames.toml`."""
    groups = {"instruments": "instrument", "voice": "vocal"}
    frames = []
    for text in tomllib.loads(FRAMES.read_text(encoding="utf-8"))["frames"]:
        pieces = re.split(r"\{(\w+)\}", text + ".")
        names = pieces[1::2]
        frames.append(
            Frame(tuple(pieces[::2]), tuple(groups.get(n, n) for n in names), tuple(n in groups for n in names))
        )
    return frames


def noun(name: str, group: str, plural: bool) -> str:
    """Form of a tag for a place."""
    if group == "vocal":
        return {"choir": "choir voices" if plural else "choir"}.get(name, name if plural else name[:-1])
    if group == "instrument" and plural and name not in MASS and name != "synthesizer":
        return name + "es" if name.endswith("ss") and "bass" not in name else name
    return name


def fill(frame: Frame, tags: list[int], vocabulary: Vocabulary) -> str:
    """Put tags into the places of a frame, with articles that fit."""
    text = frame.parts[0]
    for tag, group, plural, part in zip(tags, frame.groups, frame.plural, frame.parts[1:], strict=True):
        text += noun(vocabulary.names[tag], group, plural) + part
    text = re.sub(r"\ban?(?= [aeiou])(?! (?:uk|eu|one|uni))", "an", text)
    return re.sub(r"\ban(?= [^aeiou])", "a", text)


class CaptionTargets:
    """Frames ready to be filled with a clip's tags.

    Parameters
    ----------
    data : Path
        Folder of the developers' data.
    """

    def __init__(self, data: Path) -> None:
        self.vocabulary = load_vocabulary()
        self.own = own_frames()
        self.musicians = self._musicians(data)
        self._weights = {
            kind: list(accumulate(len(f.groups) ** RICHNESS for f in frames))
            for kind, frames in (("own", self.own), ("musicians", self.musicians))
        }

    def _musicians(self, data: Path) -> list[Frame]:
        texts: dict[str, None] = {}
        for row in read_musiccaps(data / "captions/musiccaps.csv", train=True):
            kept = [rewrite(s) for s in sentences(row.caption)]
            texts.update(dict.fromkeys(kept))
            texts.update(dict.fromkeys(f"{a} {b}" for a, b in pairwise(kept)))
        frames = [f for f in (frame_from_sentence(text, self.vocabulary) for text in texts) if f]
        return list(
            dict.fromkeys(f for f in frames if 2 <= len(f.groups) <= 7 and len(" ".join(f.parts).split()) <= 30)
        )

    def write(self, levels: Mapping[int, float], rng: random.Random) -> str | None:
        """Write a sentence that is true of a clip, or None where no frame fits.

        Parameters
        ----------
        levels : mapping of int to float
            Tags that are heard and how clearly, 0..1; clearer ones are named more often.
        """
        groups, names = self.vocabulary.groups, self.vocabulary.names
        voices = {t for t in levels if groups[t] == "vocal" and names[t] != "instrumental"}
        have = Counter(groups[t] for t in levels if groups[t] != "vocal") + Counter(vocal=len(voices))
        for _ in range(80):
            frame = self._draw(rng)
            if any(have[group] < count for group, count in frame.need.items()):
                continue
            if (frame.sings and not voices) or (frame.instrumental and voices):
                continue
            if frame.alone and have["instrument"] > 2:
                continue
            if voices and "vocal" not in frame.groups and rng.random() < 0.7:
                continue  # who hears a singer says so
            chosen = self._choose(frame, levels, rng)
            if chosen is None:
                continue
            text = fill(frame, chosen, self.vocabulary)
            voice = next((names[t] for t in chosen if names[t] in GENDER), None)
            return swap_gender(text, voice) if voice else text
        return None

    def _draw(self, rng: random.Random) -> Frame:
        own = rng.random() < OWN_SHARE or not self.musicians
        frames, kind = (self.own, "own") if own else (self.musicians, "musicians")
        return rng.choices(frames, cum_weights=self._weights[kind])[0]

    def _choose(self, frame: Frame, levels: Mapping[int, float], rng: random.Random) -> list[int] | None:
        """Give each place one of the clip's tags of its group and number, none twice and none inside another."""
        groups, names = self.vocabulary.groups, self.vocabulary.names
        chosen: list[int] = []
        for group, plural, melodic in zip(frame.groups, frame.plural, frame.melodic, strict=True):
            pool = [
                t for t in levels
                if groups[t] == group and names[t] != "instrumental"
                and not any(names[t] in names[c] or names[c] in names[t] for c in chosen)
                and (group != "instrument" or plural or names[t] not in MASS)
                and not (group == "instrument" and melodic and names[t] in RHYTHM)
            ]  # fmt: skip
            if not pool:
                return None
            chosen.append(rng.choices(pool, weights=[0.02 + levels[t] ** 2 for t in pool])[0])
        return chosen


def swap_gender(text: str, voice: str) -> str:
    """Make pronouns agree with the voice that is named."""
    other = next(words for name, words in GENDER.items() if name != voice)
    for old, new in zip(other, GENDER[voice], strict=True):
        text = re.sub(rf"\b{old}\b", new, text)
    return text
