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
from plugin.runtime.engine import Engine
from plugin.runtime.features import MusicFeatures, join_features
from plugin.segments import SegmentCutter

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
    embeddings : float32 [S, D]
        Unit vectors of the joint space.
    segment_tags : float32 [S, V]
    embedding : float32 [D]
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
    core_tags : float32 [S, W]
        Scores of the core pack's tags in each segment; `segment_tags`, unless a part gives those.
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
    core_tags: Array


class SilentError(ValueError):
    """The audio holds nothing to hear."""


class TrackAnalyser:
    """Takes the blocks of a file as they come and never holds more than a block and a segment of sound.

    `feed` and `finish` do all there is to do. Who runs the models himself, for several files at once, calls `cut` and
    `cut_rest` instead, hands what was heard in their segments to `take`, in order, and ends with `features`.

    Parameters
    ----------
    engine : Engine
    lyrics : str
        Words of the song, for the caption.
    beams : int
        Beam width of the caption.
    taken : callable, optional
        Tells of a sentence whether it is that of another track than the one with an embedding, float32 [D].
    """

    def __init__(
        self, engine: Engine, *, lyrics: str = "", beams: int = BEAMS,
        taken: Callable[[Array, str], bool] | None = None,
    ) -> None:  # fmt: skip
        self._engine, self._lyrics, self._beams, self._taken = engine, lyrics, beams, taken
        self._cutter = SegmentCutter(round(engine.segment_seconds * engine.rate))
        self._samples = 0
        self._excerpt = engine.excerpt()
        self._music: list[MusicFeatures] = []
        self._onsets: list[Array] = []
        self._chroma: list[Array] = []
        self._peaks: list[Array] = []

    def feed(self, block: Array) -> None:
        """Hear the next samples, float32 mono [N] at the engine's rate."""
        self._hear(self.cut(block))

    def finish(self) -> TrackFeatures:
        """Hear what is left and give the track's features.

        Raises
        ------
        SilentError
            No sound came, or none above -80 dBFS.
        """
        self._hear(self.cut_rest())
        return self.features()

    def cut(self, block: Array) -> Array:
        """Take the next samples, float32 mono [N]; give the segments to hear, [n, rate * segment_seconds]."""
        self._samples += len(block)
        self._excerpt.feed(block)
        self._peaks.append(peaks_of(block, self._engine.rate // 20))
        return self._cutter.cut(block)

    def cut_rest(self) -> Array:
        """Give the last segment to hear, [0 or 1, rate * segment_seconds]; none of a silent file."""
        return self._cutter.rest()[: 0 if self._is_silent else 1]

    def take(self, music: MusicFeatures, onset: Array, chroma: Array) -> None:
        """Take what was heard in the next n segments: onset [n, T], chroma [n, U, 12]."""
        self._music.append(music)
        self._onsets += list(onset)
        self._chroma += list(chroma)

    def _hear(self, segments: Array) -> None:
        if len(segments):
            self.take(self._engine.music(segments), *self._engine.rhythm(segments))

    @property
    def _is_silent(self) -> bool:
        return not any(len(peaks) for peaks in self._peaks) or float(np.concatenate(self._peaks).max()) < SILENT

    def features(self) -> TrackFeatures:
        """Give the track's features once all of its segments are heard; raises as `finish`."""
        if self._is_silent:
            raise SilentError("silent: nothing above -80 dBFS, so there is nothing to caption or suggest")
        music = join_features(self._music, self._excerpt.sound())
        starts = np.arange(len(music.tags), dtype=np.float64) * self._engine.segment_seconds
        duration = self._samples / self._engine.rate
        starts[-1] = max(0.0, min(float(starts[-1]), duration - self._engine.segment_seconds))
        tags, embedding = music.tags.mean(0), music.embedding.mean(0)
        embedding = embedding / max(float(np.linalg.norm(embedding)), 1e-9)
        onset, chroma = np.concatenate([*self._onsets[:-1], self._last_onset()]), np.concatenate(self._chroma)
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
            peaks=waveform(np.concatenate(self._peaks)),
            onset=onset,
            chroma=chroma,
            core_tags=music.of_core,
        )

    def _last_onset(self) -> Array:
        """Give only what is new of the last segment, so that no part counts twice for the tempo."""
        onset, new = self._onsets[-1], self._cutter.new
        if self._cutter.repeats:
            return onset[: max(1, round(len(onset) * new))]
        return onset[round(len(onset) * (1 - new)) :]

    def _caption(self, music: MusicFeatures, embedding: Array, tempo: float | None, key: str | None) -> str:
        facts = [f"{tempo:.0f} beats a minute"] if tempo else []
        facts += [f"in {key}"] if key else []
        taken = None if self._taken is None else partial(self._taken, embedding)
        return self._engine.caption(music, lyrics=self._lyrics, beams=self._beams, taken=taken, facts=facts)


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
