"""Princeton's WordNet, read from its own files (manual pages wndb(5WN), morphy(7WN)).

The dictionary is looked for in this order: `$WNSEARCHDIR`, `$WNHOME/dict` (both are WordNet's own variables),
`/usr/share/wordnet` (package wordnet-base of Debian and its kin) and what else `SYSTEM_FOLDERS` names, nltk's data
(`corpora/wordnet`, unpacked or not).

nltk's own reader cannot take the first three: it asks for a file `lexnames` that Debian leaves out and refuses folders
outside nltk's data. Caption metrics look up synonyms here, song titles whether a word is English or a name.
"""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

import nltk.data

Endings = tuple[tuple[str, str], ...]

SYSTEM_FOLDERS = (Path("/usr/share/wordnet"), Path("/usr/local/share/wordnet"), Path("/usr/local/WordNet-3.0/dict"))
PARTS = ("noun", "verb", "adj", "adv")
NEEDED = tuple(f"{kind}.{part}" for kind in ("index", "data") for part in PARTS)

ENDINGS: Mapping[str, Endings] = {
    "noun": (("s", ""), ("ses", "s"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"), ("men", "man"),
             ("ies", "y")),
    "verb": (("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", "")),
    "adj": (("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "adv": (),
}  # fmt: skip
"""What morphy(7WN) takes off an inflected word, by part of speech, and what it puts on instead."""


class Database:
    """The files of a dictionary.

    Parameters
    ----------
    folder : Path
        Holds index.* and data.* for nouns, verbs, adjectives and adverbs; *.exc where there are irregular forms. May
        be nltk's wordnet.zip.

    Attributes
    ----------
    senses : dict of str to dict
        By part of speech and lemma (lower case, underscores for blanks): where the data file has its synsets, the most
        frequent one first.
    exceptions : dict of str to dict
        By part of speech and irregular form: its lemmas.

    Raises
    ------
    OSError
        If a file of `NEEDED` is not there.
    """

    def __init__(self, folder: Path) -> None:
        files = _opened(folder)
        self.senses = {part: dict(_index(files / f"index.{part}")) for part in PARTS}
        self.exceptions = {part: _exceptions(files / f"{part}.exc") for part in PARTS}
        self._data = {part: (files / f"data.{part}").read_bytes() for part in PARTS}

    def words(self, part: str, offset: int) -> tuple[str, ...]:
        """Words of the synset at a byte of a data file: fields from the fifth on, each followed by its sense number."""
        data = self._data[part]
        fields = data[offset : data.index(b"\n", offset)].decode("utf-8").split()
        count = int(fields[3], 16)
        # An adjective may carry where it stands in the sentence: "alone(p)".
        return tuple(word.partition("(")[0] for word in fields[4 : 4 + 2 * count : 2])

    def instances(self) -> set[int]:
        """Places of the noun synsets that are one particular thing, not a kind of things (wninput(5WN): @i)."""
        lines = self._data["noun"].split(b"\n")
        return {int(line[:8]) for line in lines if b" @i " in line.partition(b" | ")[0] and not line.startswith(b" ")}


def stems(word: str, endings: Iterable[tuple[str, str]], least: int = 0) -> Iterator[str]:
    """Give what a word is without each of the endings that it has, where `least` letters stand before it."""
    for ending, instead in endings:
        if word.endswith(ending) and len(word) >= len(ending) + least:
            yield word.removesuffix(ending) + instead


def _opened(folder: Path) -> Path | zipfile.Path:
    """Where a dictionary's files are: in the folder, or in an archive as nltk's downloader leaves it."""
    return zipfile.Path(folder, "wordnet/") if zipfile.is_zipfile(folder) else folder


def _index(path: Path | zipfile.Path) -> Iterator[tuple[str, list[int]]]:
    """Lemmas of an index file with the places of their synsets."""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith(" "):  # the licence is set in
            fields = line.split()
            yield fields[0], [int(offset) for offset in fields[-int(fields[2]) :]]


def _exceptions(path: Path | zipfile.Path) -> dict[str, list[str]]:
    """Irregular forms with their lemmas; a dictionary without the file knows none."""
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    return {word: lemmas for word, *lemmas in (line.split() for line in lines if line.strip())}


def find() -> Path | None:
    """Folder (or archive) of a WordNet dictionary on this machine, None where there is none."""
    return next((folder for folder in _folders() if _is_complete(folder)), None)


def _folders() -> Iterator[Path]:
    """Where a dictionary may be, in the order in which it is looked for."""
    if folder := os.environ.get("WNSEARCHDIR"):
        yield Path(folder)
    if home := os.environ.get("WNHOME"):
        yield Path(home) / "dict"
    yield from SYSTEM_FOLDERS
    for root in nltk.data.path:
        yield Path(root) / "corpora" / "wordnet"
        yield Path(root) / "corpora" / "wordnet.zip"


def _is_complete(folder: Path) -> bool:
    files = _opened(folder)
    return all((files / name).is_file() for name in NEEDED)


def load(folder: Path | None = None) -> Database | None:
    """Read a dictionary, once for all who ask (half a second, 60 MB).

    Parameters
    ----------
    folder : Path, optional
        Where it is; None looks in the usual places.

    Returns
    -------
    Database or None
        None where there is no dictionary.
    """
    found = find() if folder is None else folder
    return _read(found) if found is not None and _is_complete(found) else None


@cache
def _read(folder: Path) -> Database:
    return Database(folder)
