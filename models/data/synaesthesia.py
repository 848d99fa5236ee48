"""The sentences of the music-to-text synaesthesia pairs."""

from __future__ import annotations

import json
import re
from pathlib import Path


def read_sentences(path: Path) -> list[str]:
    """Sentences about classical recordings, without their leading movement numbers.

    Raises
    ------
    FileNotFoundError
        The file is missing.
    """
    if not path.is_file():
        raise FileNotFoundError(f"{path}: no synaesthesia pairs; see the authors' repository")
    with path.open(encoding="utf-8") as file:
        texts = [json.loads(line)["sent_text"] for line in file]
    return [re.sub(r"^[\dIVX]+\.\s+", "", text).strip() for text in texts]
