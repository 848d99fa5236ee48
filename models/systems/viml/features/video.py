"""Video: CLIP image features, or light, colour and motion, for every segment."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from transformers import AutoImageProcessor, CLIPModel

from models.datasets.base import Record
from models.errors import DatasetError
from models.nets.video import SIZE, statistics
from models.systems.viml.features.base import Features, load, load_model, vectors
from models.systems.viml.features.segments import chunks
from plugin.decode import probe, video_frames
from plugin.decode.video import Picture

BATCH = 64
GRID = 4


def pictures(record: Record, fps: float, shortest: int | None, size: tuple[int, int] | None) -> Iterator[Picture]:
    """Decode a record's range; pictures of `size`, or of their own shape with a shortest side of `shortest`."""
    if record.video is None:
        raise DatasetError(f"{record.key}: the record has no video")
    if size is None:
        info = probe(record.video)
        if not info.width or shortest is None:
            raise DatasetError(f"{record.key}: no picture in {record.video.name}")
        scale = shortest / min(info.width, info.height)
        size = (max(shortest, round(info.width * scale)), max(shortest, round(info.height * scale)))
    for _, picture in video_frames(record.video, fps, size=size, start=record.start, end=record.end):
        yield picture


class ClipVideo:
    """CLIP image features at `fps` pictures a second, averaged over segments (ViML, section 3.3).

    Parameters
    ----------
    name : str
        Folder or hub name of a CLIP checkpoint.
    """

    def __init__(self, name: str, fps: float, segment: float) -> None:
        self.model = load_model(CLIPModel, name, "CLIP checkpoint", type_="clip")
        self.processor = load(AutoImageProcessor, name, "image processor")
        size = self.processor.size
        self.shortest = int(size["shortest_edge"] if "shortest_edge" in size else min(size["height"], size["width"]))
        self.fps, self.segment = fps, segment
        self.about = ("clip", name, fps, segment)

    @torch.inference_mode()
    def __call__(self, record: Record) -> Features:
        """Give float32 [S, D]."""
        rows = []
        stream = pictures(record, self.fps, self.shortest, None)
        for part in chunks(stream, self.fps, self.segment):
            found = [self._features(part[first : first + BATCH]) for first in range(0, len(part), BATCH)]
            rows.append(torch.cat(found).mean(0))
        return torch.stack(rows).float().cpu().numpy()

    def _features(self, part: list[Picture]) -> Tensor:
        inputs = self.processor(images=part, return_tensors="pt", input_data_format="channels_last")
        return vectors(self.model.get_image_features(pixel_values=inputs["pixel_values"].to(self.model.device)))


class FrameStatistics:
    """Light, colour, motion and cuts: mean and spread over a segment, and the mean colours of a coarse grid.

    Nothing is learnt and nothing has to be downloaded: 2 x 16 numbers of `models.nets.video.statistics` and
    4 x 4 x 3 colours.
    """

    def __init__(self, fps: float, segment: float) -> None:
        self.fps, self.segment = fps, segment
        self.about = ("frame statistics", 1, fps, segment)

    @torch.inference_mode()
    def __call__(self, record: Record) -> Features:
        """Give float32 [S, 80]."""
        rows = []
        before: Picture | None = None
        for part in chunks(pictures(record, self.fps, None, (SIZE, SIZE)), self.fps, self.segment):
            # The last picture of the segment before, so that the change at its border is seen.
            shown = np.stack([part[0] if before is None else before, *part])
            frames = torch.from_numpy(shown).permute(0, 3, 1, 2)[None].float() / 255.0
            numbers = statistics(frames)[0, 1:]
            colours = F.adaptive_avg_pool2d(frames[0, 1:], GRID).mean(0).flatten()
            rows.append(torch.cat([numbers.mean(0), numbers.std(0, correction=0), colours]))
            before = part[-1]
        if not rows:
            raise DatasetError(f"{record.key}: no picture in its range")
        return torch.stack(rows).numpy()
