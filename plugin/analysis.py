"""From the blocks of one decoded file to everything the library keeps about a track."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from plugin.rhythm import estimate_key, estimate_tempo
from plugin.runtime.captioner import BEAMS
from plugin.runtime.engine import Engine, MusicFeatures

Array = npt.NDArray[np.float32]
PEAKS = 400
SILENT = 1e-4
"""Peak below which (-80 dBFS) there is nothing to hear."""


@dataclass(frozen=True)
class TrackFeatures:
    """What Cuefinder knows of a track's sound.

    Attributes
    ----------
    duration : float
        Seconds.
    starts, ends : float64 [S]
        Time ranges of the segments, seconds.
    embeddings : float32 [S, 256]
        Unit vectors of the joint space.
    segment_tags : float32 [S, V]
    embedding : float32 [256]
        The track as a whole: the normed mean of its segments.
    tags : float32 [V]
        Mean scores over the segments.
    tempo : float or None
        Beats a minute.
    key : str or None
        Such as "A minor".
    caption : str
    peaks : uint8 [400]
        Waveform: largest absolute sample in each part, 255 for full scale.
    onset : float32 [T]
        Onset strength, 100 values a second.
    chroma : float32 [U, 12]
        Pitch-class shares, 8 frames a second.
    """

    duration: float
    starts: npt.NDArray[np.float64]
    ends: npt.NDArray[np.float64]
    embeddings: Array
    segment_tags: Array
    embedding: Array
    tags: Array
    tempo: float | None
    key: str | None
    caption: str
    peaks: npt.NDArray[np.uint8]
    onset: Array
    chroma: Array


class SilentError(ValueError):
    """The audio holds nothing to hear."""


class TrackAnalyser:
    """Takes the blocks of a file as they come and never holds more than a block and a segment of sound.

    Parameters
    ----------
    engine : Engine
    lyrics : str
        Words of the song, for the caption.
    beams : int
        Beam width of the caption.
    taken : callable, optional
        Tells of a sentence whether it is that of another track than the one with an embedding, float32 [256].
    """

    def __init__(
        self, engine: Engine, *, lyrics: str = "", beams: int = BEAMS,
        taken: Callable[[Array, str], bool] | None = None,
    ) -> None:  # fmt: skip
        self._engine, self._lyrics, self._beams, self._taken = engine, lyrics, beams, taken
        self._size = round(engine.segment_seconds * engine.rate)
        self._pending = np.zeros(0, np.float32)
        self._last = np.zeros(0, np.float32)
        self._samples = 0
        self._features: list[MusicFeatures] = []
        self._onsets: list[Array] = []
        self._chroma: list[Array] = []
        self._peaks: list[Array] = []

    def feed(self, block: Array) -> None:
        """Hear the next samples, float32 mono [N] at the engine's rate."""
        self._samples += len(block)
        self._peaks.append(peaks_of(block, self._engine.rate // 20))
        joined = np.concatenate([self._pending, block])
        whole = len(joined) // self._size * self._size
        if whole:
            self._hear(joined[:whole].reshape(-1, self._size))
            self._last = joined[whole - self._size : whole].copy()
        self._pending = joined[whole:].copy()

    def _hear(self, windows: Array) -> None:
        self._features.append(self._engine.music(windows))
        onset, chroma = self._engine.rhythm(windows)
        self._onsets.append(onset.reshape(-1))
        self._chroma.append(chroma.reshape(-1, 12))

    def finish(self) -> TrackFeatures:
        """Complete the last segment and give the track's features.

        Raises
        ------
        SilentError
            No sound came, or none above -80 dBFS.
        """
        peaks = np.concatenate(self._peaks) if self._peaks else np.zeros(0, np.float32)
        if not len(peaks) or float(peaks.max()) < SILENT:
            raise SilentError("silent: nothing above -80 dBFS, so there is nothing to caption or suggest")
        self._finish_segments()
        music = self._join()
        starts = np.arange(len(music.tags), dtype=np.float64) * self._engine.segment_seconds
        duration = self._samples / self._engine.rate
        starts[-1] = max(0.0, min(float(starts[-1]), duration - self._engine.segment_seconds))
        tags, embedding = music.tags.mean(0), music.embedding.mean(0)
        embedding = embedding / max(float(np.linalg.norm(embedding)), 1e-9)
        onset, chroma = np.concatenate(self._onsets), np.concatenate(self._chroma)
        tempo, key = estimate_tempo(onset), estimate_key(chroma, *self._engine.key_profiles)
        return TrackFeatures(
            duration=duration,
            starts=starts,
            ends=np.minimum(starts + self._engine.segment_seconds, duration),
            embeddings=music.embedding,
            segment_tags=music.tags,
            embedding=embedding,
            tags=tags,
            tempo=tempo,
            key=key,
            caption=self._caption(music, embedding, tempo, key),
            peaks=waveform(peaks),
            onset=onset,
            chroma=chroma,
        )

    def _caption(self, music: MusicFeatures, embedding: Array, tempo: float | None, key: str | None) -> str:
        facts = [f"{tempo:.0f} beats a minute"] if tempo else []
        facts += [f"in {key}"] if key else []
        taken = None if self._taken is None else partial(self._taken, embedding)
        return self._engine.caption(music, lyrics=self._lyrics, beams=self._beams, taken=taken, facts=facts)

    def _finish_segments(self) -> None:
        """Hear the rest: the last 10 s of the file, or a file shorter than that repeated until it fills a segment."""
        rest = self._pending
        if not len(rest):
            return
        if len(self._last):
            window = np.concatenate([self._last, rest])[-self._size :]
        else:
            window = np.tile(rest, -(-self._size // len(rest)))[: self._size]
        self._features.append(self._engine.music(window[None]))
        onset, chroma = self._engine.rhythm(window[None])
        # Only what is new goes into tempo and key, so that no part counts twice.
        share = len(rest) / self._size
        self._onsets.append(onset[0, round(onset.shape[1] * (1 - share)) :] if len(self._last) else
                            onset[0, : max(1, round(onset.shape[1] * share))])  # fmt: skip
        self._chroma.append(chroma[0])

    def _join(self) -> MusicFeatures:
        columns = zip(*((f.embedding, f.tags, f.sequence) for f in self._features), strict=True)
        embedding, tags, sequence = (np.concatenate(column) for column in columns)
        return MusicFeatures(embedding, tags, sequence)


def peaks_of(block: Array, size: int) -> Array:
    """Largest absolute sample of each `size` samples."""
    padded = np.pad(np.abs(block), (0, -len(block) % size))
    peaks: Array = padded.reshape(-1, size).max(1) if len(padded) else np.zeros(0, np.float32)
    return peaks


def waveform(peaks: Array) -> npt.NDArray[np.uint8]:
    """Draw any number of peaks as 400."""
    edges = np.linspace(0, len(peaks), PEAKS + 1)
    parts = [peaks[int(a) : max(int(a) + 1, int(np.ceil(b)))].max() for a, b in pairwise(edges)]
    drawn: npt.NDArray[np.uint8] = np.clip(np.array(parts) * 255, 0, 255).astype(np.uint8)
    return drawn
