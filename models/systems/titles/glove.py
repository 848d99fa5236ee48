"""GloVe vectors (Pennington et al. 2014) for the decoder's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from models.errors import ConfigError


@dataclass(frozen=True)
class Vectors:
    """What a file has for a vocabulary.

    Attributes
    ----------
    rows : ndarray
        int64 [N], ids of the words that were found.
    values : ndarray
        float32 [N, D].
    missing : tuple of str
        Words that the file does not have.
    """

    rows: npt.NDArray[np.int64]
    values: npt.NDArray[np.float32]
    missing: tuple[str, ...]


def read_glove(path: Path, words: Mapping[str, int], width: int) -> Vectors:
    """Read the vectors of a vocabulary from a text file, a word and its numbers on every line.

    Parameters
    ----------
    path : Path
        As published, unpacked. A first line of two numbers (count and width, as word2vec writes) is skipped.
    words : mapping of str to int
        The vocabulary.
    width : int
        Numbers of a vector.

    Raises
    ------
    ConfigError
        If the file cannot be read, is of another width, or has none of the words.
    """
    found: dict[int, npt.NDArray[np.float32]] = {}
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                # Some published words hold spaces: the numbers are counted from the end.
                fields = line.rstrip().split(" ")
                if number == 1 and len(fields) == 2:
                    continue
                word = " ".join(fields[:-width])
                if len(fields) <= width or (number == 1 and len(fields) != width + 1):
                    raise ConfigError(
                        f"{path}:{number}: {len(fields) - 1} numbers, but model.embedding is {width}; "
                        "set it to the file's width"
                    )
                if word in words and words[word] not in found:
                    found[words[word]] = _numbers(fields[-width:], path, number)
    except OSError as error:
        raise ConfigError(f"{path}: model.glove cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: model.glove must be a text file of vectors, unpacked") from error
    if not found:
        raise ConfigError(f"{path}: has none of the vocabulary's {len(words)} words; is it of this language?")
    rows = np.array(sorted(found), dtype=np.int64)
    missing = tuple(word for word, row in words.items() if row not in found)
    return Vectors(rows, np.stack([found[row] for row in rows]), missing)


def _numbers(fields: list[str], path: Path, number: int) -> npt.NDArray[np.float32]:
    try:
        vector = np.array([float(field) for field in fields], dtype=np.float32)
    except ValueError as error:
        raise ConfigError(f"{path}:{number}: not a vector ({error})") from error
    if not np.isfinite(vector).all():
        raise ConfigError(f"{path}:{number}: a number that is not finite")
    return vector
