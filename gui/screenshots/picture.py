"""Pictures of widgets as small PNG files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PyQt6.QtCore import QBuffer, QIODevice, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QWidget

from plugin.paths import atomic_write

COLOURS = 256
FREQUENT = 96
"""Of these, how many are the most frequent ones, for the window itself; the others are means, for what is pictured."""


def save_picture(widget: QWidget, path: Path) -> int:
    """Write a widget as it looks now; gives the file's size in bytes.

    The picture is kept in 256 colours, which for a window is as good as all, and a fraction of the size.
    """
    image = few_colours(widget.grab().toImage())
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG", 0)  # 0: as small as can be
    data = bytes(buffer.data())
    atomic_write(path, data)
    return len(data)


def few_colours(image: QImage) -> QImage:
    """Reduce a picture to its most frequent colours and to means of the others; each pixel takes the nearest."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = image.constBits()
    assert bits is not None
    pixels = np.frombuffer(bits.asarray(image.sizeInBytes()), np.uint32)
    colours, counts = np.unique(pixels, return_counts=True)
    order = np.argsort(counts)[::-1]
    frequent, others = colours[order[:FREQUENT]], order[FREQUENT:]
    means = _means(colours[others], counts[others], COLOURS - FREQUENT) if len(others) else np.zeros(0, np.uint32)
    table = [int(colour) for colour in np.concatenate([frequent, means])]
    flags = Qt.ImageConversionFlag.AvoidDither | Qt.ImageConversionFlag.ThresholdDither
    return image.convertToFormat(QImage.Format.Format_Indexed8, table, flags)


def _means(colours: npt.NDArray[np.uint32], counts: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.uint32]:
    """Median cut (Heckbert 1982): halve the box of colours that spreads most, until there are enough; give means."""
    parts = np.stack([colours >> shift & 255 for shift in (16, 8, 0)], axis=1).astype(np.float64)
    boxes = [np.arange(len(colours))]
    while len(boxes) < most:
        spreads = [np.ptp(parts[box], axis=0).max() * np.sqrt(counts[box].sum()) for box in boxes]
        box = boxes.pop(int(np.argmax(spreads)))
        if len(box) == 1:
            boxes.append(box)
            break
        along = box[np.argsort(parts[box][:, np.ptp(parts[box], axis=0).argmax()])]
        middle = int(np.searchsorted(np.cumsum(counts[along]), counts[along].sum() / 2))
        middle = min(max(1, middle), len(along) - 1)
        boxes += [along[:middle], along[middle:]]
    means = np.stack([np.average(parts[box], axis=0, weights=counts[box]) for box in boxes]).round().astype(np.uint32)
    return np.asarray(0xFF000000 | means[:, 0] << 16 | means[:, 1] << 8 | means[:, 2], np.uint32)
