"""A system's pack in use: the precision that suits the device, graphs opened when they are asked for, captions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from export.search import Found, beam_search
from plugin.errors import PackError, printable
from plugin.pack import Pack
from plugin.runtime.session import Graph

CUDA = "CUDAExecutionProvider"


class SystemPack:
    """A pack of `cuefinder-export`.

    Parameters
    ----------
    folder : Path
    device : str
        "cpu", "cuda" or "auto".
    precision : str, optional
        Other than the one that the manifest names for the device.

    Raises
    ------
    PackError
        No pack, or without that precision.
    """

    def __init__(self, folder: Path, device: str = "cpu", precision: str | None = None, threads: int = 0) -> None:
        self.pack, self.threads = Pack(folder), threads
        self.manifest, self.settings = self.pack.manifest, self.pack.manifest["settings"]
        if device == "auto":
            import onnxruntime

            device = "cuda" if CUDA in onnxruntime.get_available_providers() else "cpu"
        self.device = device
        self.precision = precision or self.manifest["devices"][device]
        if self.precision not in self.manifest["precisions"]:
            raise PackError(
                f"{printable(folder)}: no precision {self.precision}; it has {', '.join(self.manifest['precisions'])}"
            )
        self._open: dict[str, Graph] = {}

    def graph(self, name: str) -> Graph:
        """Give a graph, its files checked; one that does not come in the precision comes in fp32."""
        if name not in self._open:
            files = self.manifest["graphs"][name]["files"]
            paths = [self.pack.file(file) for file in files.get(self.precision, files["fp32"])]
            self._open[name] = Graph(paths[0], self.device, self.threads)
        return self._open[name]

    def run(self, name: str, **inputs: npt.NDArray[Any]) -> dict[str, npt.NDArray[np.float32]]:
        """Outputs of a graph by name."""
        found = self.graph(name)(**inputs)
        return dict(zip(self.manifest["graphs"][name]["outputs"], found, strict=True))

    def captions(self, *, beams: int | None = None, **inputs: npt.NDArray[Any]) -> list[Found]:
        """Write a caption for every row of the caption encoder's inputs; 1 beam is greedy search.

        Raises
        ------
        PackError
            The system writes none.
        """
        caption = self.settings.get("caption")
        if caption is None:
            raise PackError(f"{printable(self.pack.folder)}: {self.pack.id} writes no captions")
        encoded = self.run(caption["encoder"], **inputs)
        return beam_search(self.graph(caption["decoder"]), caption, encoded, beams or caption["beams"])

    def texts(self, found: list[Found]) -> list[str]:
        """Words of captions."""
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.pack.file("tokenizer.json")))
        return [str(tokenizer.decode(list(each.ids))).strip() for each in found]
