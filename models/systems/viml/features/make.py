"""Extractors by the names that the settings use."""

from __future__ import annotations

from collections.abc import Sequence

from models.datasets.base import Record
from models.errors import DatasetError
from models.systems.viml.features.base import Extractor, Shipped
from models.systems.viml.features.music import SpectrumStatistics, TransformersMusic
from models.systems.viml.features.video import ClipVideo, FrameStatistics
from models.systems.viml.settings import DataSettings

RECORDS, STATISTICS, AUTO = "records", "statistics", "auto"


def resolve(source: str, name: str, records: Sequence[Record]) -> str:
    """Turn `auto` into what it means for these records; `name` is video or music."""
    if source != AUTO:
        return source
    return RECORDS if any(name in record.features for record in records) else STATISTICS


def make_video(source: str, data: DataSettings) -> Extractor:
    """Give the extractor of video features; `source` is resolved."""
    if source == RECORDS:
        return Shipped("video", data.video_rate, data.segment)
    if source == STATISTICS:
        return FrameStatistics(data.fps, data.segment)
    return ClipVideo(source, data.fps, data.segment)


def make_music(source: str, data: DataSettings) -> Extractor:
    """Give the extractor of music features; `source` is resolved."""
    if source == RECORDS:
        return Shipped("music", data.music_rate, data.segment)
    if source == STATISTICS:
        return SpectrumStatistics(data.segment)
    return TransformersMusic(source, data.segment)


def for_files(extractor: Extractor, what: str) -> Extractor:
    """Give the extractor back if it can look at files; DatasetError where it only knows the data set's own features."""
    if isinstance(extractor, Shipped):
        raise DatasetError(
            f"this checkpoint was trained on {what} features that came with its data set, so it cannot look at files; "
            f"train with data.{what}=statistics or a checkpoint's name"
        )
    return extractor
