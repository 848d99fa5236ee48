"""Sentences about tracks: each recording of a library has its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from sqlalchemy import select

from plugin.library.schema import EMBEDDING_DTYPE, tracks
from plugin.library.store import Library
from plugin.runtime.engine import same_recording


def caption_taken(library: Library, space: str, path: Path, embedding: npt.NDArray[np.float32], sentence: str) -> bool:
    """Whether a sentence is that of another recording.

    Parameters
    ----------
    library : Library
    space : str
        Of the embedding; captions of other weights are to be written anew and do not count.
    path : pathlib.Path
        The track that the sentence is for; what the library has of it does not count either.
    embedding : float32 [D]
        Unit vector of that track.
    sentence : str
        The caption asked about.
    """
    query = select(tracks.c.embedding).where(
        tracks.c.caption == sentence, tracks.c.space == space, tracks.c.path != path
    )
    with library.reading() as connection:
        vectors = [np.frombuffer(blob, EMBEDDING_DTYPE).astype(np.float32) for blob in connection.scalars(query)]
    return any(not same_recording(embedding, vector) for vector in vectors)
