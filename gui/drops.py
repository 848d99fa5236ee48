"""Files that are dropped onto a part of the panel."""

from __future__ import annotations

from pathlib import Path

from PyQt6.QtCore import QMimeData


def dropped_files(data: QMimeData | None) -> list[Path]:
    """Give the files of this computer among what is dragged, in its order."""
    urls = data.urls() if data is not None else []
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile()]
