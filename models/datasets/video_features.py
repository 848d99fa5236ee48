"""What the two YouTube-8M data sets share: per video, features that the user computed, or the video itself.

`video/ID.npy` is [T, D] of the picture (the paper: CLIP), `music/ID.npy` is [T, D] of the sound (the paper: DeepSim);
`clips/ID.*` is the video file. Either both features or the file must be there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.datasets.features import NpyFeatures, check_npy
from models.datasets.log import Log
from models.datasets.media import VIDEOS, MediaFolder
from plugin.errors import printable

FEATURES = ("video", "music")
CLIPS = "clips"
PLACE = "video/ID.npy and music/ID.npy ([T, D] arrays that you compute), or the video itself as clips/ID.mp4"


@dataclass(frozen=True)
class Parts:
    """What there is of a video.

    Attributes
    ----------
    features : mapping of str to ndarray
        `video` and `music`, or nothing.
    clip : Path, optional
        The video with its sound.
    """

    features: Mapping[str, np.ndarray]
    clip: Path | None


class VideoFeatures:
    """Looks videos up by id.

    Parameters
    ----------
    root : Path
        The folder of the data set.
    log : Log
        Takes what is missing or damaged.
    """

    def __init__(self, root: Path, log: Log) -> None:
        self._root = root
        self._log = log
        self._clips = MediaFolder(root / CLIPS, VIDEOS, log, "video") if (root / CLIPS).is_dir() else None

    def need(self, video: str) -> Parts | None:
        """Give what there is of a video, None where it is too little."""
        paths = {name: self._root / name / f"{video}.npy" for name in FEATURES}
        wrong = {name: check_npy(path) for name, path in paths.items()}
        clip = self._clips.get(video) if self._clips is not None else None
        features: Mapping[str, np.ndarray] = NpyFeatures(paths) if not any(wrong.values()) else {}
        for name, reason in wrong.items():
            if reason and (reason != "missing" or clip is None):
                self._log.fault("feature files missing or damaged", f"{printable(paths[name])} ({reason})")
        return Parts(features, clip) if features or clip is not None else None
