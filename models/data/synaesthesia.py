"""The sentences of the music-to-text synaesthesia pairs."""

from __future__ import annotations

from pathlib import Path

from models.datasets.log import Log
from models.datasets.synaesthesia import plain_sentence
from models.datasets.tables import read_json_lines


def read_sentences(path: Path) -> list[str]:
    """Sentences about classical recordings, without their leading movement numbers.

    Raises
    ------
    FileNotFoundError, ValueError
        The file is missing, or a line of it is broken.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no synaesthesia pairs; see the authors' repository")
    log = Log()
    sentences = [plain_sentence(pair["sent_text"]) for _, pair in read_json_lines(path, log)]
    if log.problems():
        raise ValueError("; ".join(log.problems()))
    return sentences
