"""Versions of one song: live, remastered, without voices. What a title says of them, and what it does not.

"Song (Live at the Quay) - 2011 Remaster" is the song "Song" in a version "live, remaster". Only words of a known list
make a version: "Symphony No. 5 (Andante)" and "Song (Part II)" are pieces of their own.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_PARTS = r"(?:drums?|melody|lead|beat|percussion|fx|strings|piano|guitars?|bass|choir)"
KINDS = {
    "live": r"live(?: (?:@|\d|(?:at|in|from|on|for|with|version|session|recording|take|acoustic)\b).*)?"
    r"|recorded live(?: .+)?|unplugged|mtv unplugged|ao vivo(?: .+)?|en (?:vivo|directo)(?: .+)?",
    "remaster": r"(?:\d{4} )?(?:digital(?:ly)? )?re-?master(?:ed)?(?: (?:version|\d{4}))*",
    "instrumental": r"instrumental(?: (?:version|mix))?|karaoke(?: version)?|(?:no|without) (?:vocals?|voices?)",
    "acoustic": r"acoustic(?: (?:version|session|mix))?",
    "demo": r"(?:\d{4} )?(?:early |rough )?demo(?: (?:version|\d{4}))?",
    "remix": r"(?:.+ )?re-?mix(?:ed)?(?: (?:\d{4}|edit|version))*|(?:.+ )?rework",
    "edit": r"(?:(?:radio|single|album|short|extended|long|tv|film|video) )?(?:edit|cut)"
    r"|(?:radio|single|album|short|extended|long|tv|film|video) (?:version|mix)"
    r"|\d+ ?(?:s|secs?|seconds|min)(?: (?:edit|version|cut|mix))?",
    "mix": rf"(?:original|full|main|club) (?:version|mix)|(?:no|without) {_PARTS}|underscore|bed",
    "alternate": r"alternat(?:e|ive)(?: (?:take|version|mix))?|outtake|rehearsal|take \d+|bonus track|mono|stereo",
}
"""What the words in brackets or behind a dash say of a version."""

LONGEST = 300
"""Letters of a title that are looked at."""

UNKNOWN = {"", "unknown", "unknown artist", "various", "various artists", "va", "n a"}
"""What files say of an artist who is not known."""

_KINDS = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in KINDS.items()}
_BRACKETS = re.compile(r"\s*[(\[]([^()\[\]]+)[)\]]")
_DASH = re.compile(r"\s+[-–—]\s+")
_PIECE = re.compile(r"\b(?:part|pt|no|mvt|movement|vol|chapter|act)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Song:
    """A song as its title and artist tell of it; ``kinds`` are words out of `KINDS`, empty for the song itself."""

    title: str
    artist: str
    kinds: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        """The same for all versions of a song."""
        return self.title, self.artist

    @property
    def is_known(self) -> bool:
        """Whether it can be told from other songs at all: it has a title, and an artist."""
        return bool(self.title) and self.artist not in UNKNOWN


def parse(title: str, artist: str) -> Song:
    """Split a title into the song and its version."""
    kinds: list[str] = []

    def bracket(match: re.Match[str]) -> str:
        found = _kinds(match.group(1))
        kinds.extend(found)
        return "" if found else match.group()

    title = " ".join(title.split())[:LONGEST]
    singer = _plain(artist)
    while (rest := _BRACKETS.sub(bracket, title)) != title:  # once more: brackets in brackets
        title = rest
    first, *parts = _DASH.split(title)
    while parts and (found := _kinds(parts[-1])):
        if len(parts) == 1 and _plain(first) == singer:  # "Artist - Live": what is behind the dash is the title
            break
        kinds.extend(found)
        parts.pop()
    return Song(_plain(" - ".join([first, *parts])), singer, tuple(dict.fromkeys(kinds)))


def _kinds(words: str) -> list[str]:
    """Kinds of version that words name; empty where one of them is no such word."""
    found: list[str] = []
    for part in re.split(r"\s*[,/;]\s*", words.strip()):
        kind = next((kind for kind, pattern in _KINDS.items() if pattern.fullmatch(part)), None)
        if kind is not None:
            found.append(kind)
        elif "live" not in found or _PIECE.search(part):  # else it is the place or the year
            return []
    return found


def _plain(text: str) -> str:
    """Small letters without accents and signs, so that spellings of one name are equal."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    return " ".join(re.sub(r"[^\w\s]", " ", "".join(c for c in letters if not unicodedata.combining(c))).split())
