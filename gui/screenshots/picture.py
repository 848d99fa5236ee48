"""Pictures of widgets as small PNG files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PyQt6.QtCore import QBuffer, QIODevice, Qt
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QWidget

from plugin.paths import atomic_write

COLOURS = 256


def save_picture(widget: QWidget, path: Path) -> int:
    """Write a widget as it looks now; gives the file's size in bytes.

    The picture is kept in the 256 colours that it has most of, which for windows is as good as all, and a fraction of
    the size.
    """
    image = few_colours(widget.grab().toImage())
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG", 0)  # 0: as small as can be
    data = bytes(buffer.data())
    atomic_write(path, data)
    return len(data)


def few_colours(image: QImage) -> QImage:
    """Reduce a picture to its most frequent colours; any other takes the nearest of them."""
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    bits = image.constBits()
    assert bits is not None
    pixels = np.frombuffer(bits.asarray(image.sizeInBytes()), np.uint32)
    colours, counts = np.unique(pixels, return_counts=True)
    most = colours[np.argsort(counts)[::-1][:COLOURS]]
    flags = Qt.ImageConversionFlag.AvoidDither | Qt.ImageConversionFlag.ThresholdDither
    return image.convertToFormat(QImage.Format.Format_Indexed8, [int(colour) for colour in most], flags)
