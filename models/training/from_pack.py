"""A pack as training needs it: the video encoder in torch, and the music encoder frozen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx.reference import ReferenceEvaluator

from models.nets.video import VideoEncoder
from models.training.from_graph import load_weights
from plugin.errors import PackError, printable
from plugin.pack import Pack

SHIPPED = Path(__file__).resolve().parents[1] / "packs" / "core"


class BasePack(Pack):
    """A pack that is trained on: the engine's own reader, and its networks in torch.

    Parameters
    ----------
    folder : Path
        With manifest.json and the graphs `music` and `video`.

    Raises
    ------
    PackError
        There is no pack, or it cannot be read, or it is of another format.
    """

    def checksum(self, name: str) -> str:
        """SHA-256 of a file, as the manifest has it."""
        try:
            return str(self.manifest["files"][name]["sha256"])
        except KeyError:
            raise PackError(f"{printable(self.folder)}: the pack has no {name}; install the pack again") from None

    def video(self) -> VideoEncoder:
        """Give the video encoder, in evaluation mode, to go on training.

        Raises
        ------
        PackError
            The file is damaged, or its network is not the one that this Cuefinder trains.
        """
        if "own_videos" in self.manifest["provenance"]:
            raise PackError(
                f"{printable(self.folder)}: has learnt from videos of your own already; start from the pack that it was"
                " made from, with all videos"
            )
        # Packs of before the numbers that build it were written down have the usual ones.
        usual = {"moods": len(self.manifest["video"]["moods"])}
        model = VideoEncoder(**self.manifest["graphs"]["video"].get("config", usual))
        load_weights(model, self.file("video.onnx"))
        return model.eval()

    def music(self) -> FrozenMusic:
        """Give the music encoder, as it is."""
        return FrozenMusic(self.file("music.onnx"))


class FrozenMusic:
    """The music encoder of a pack, which is only used: its graph is run as it stands, of whatever architecture.

    onnx's own evaluator takes about twice the time of ONNX Runtime, which models may not import.

    Parameters
    ----------
    path : Path
        music.onnx, already checked.
    """

    def __init__(self, path: Path) -> None:
        self._graph = ReferenceEvaluator(onnx.load(str(path)))

    def __call__(self, windows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Give unit vectors [B, 256] of the joint space for segments, float32 [B, 160000] mono at 16 kHz."""
        return np.asarray(self._graph.run(["embedding"], {"audio": windows})[0], np.float32)
