"""A system's pack in use: the precision that suits the device, graphs opened when they are asked for, captions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.errors import PackError, printable
from plugin.pack import Pack
from plugin.runtime.device import CUDA, Placement, candidates
from plugin.runtime.graphs import Graphs
from plugin.runtime.session import Graph
from plugin.runtime.system_search import Found, beam_search


class SystemPack:
    """A pack of `cuefinder-export`; any thread may ask.

    Parameters
    ----------
    folder : Path
    device : str
        As for `plugin.runtime.session.Graph`.
    precision : str, optional
        Other than those that the manifest names for the devices.
    threads : int
        CPU threads of each graph; 0 for all.

    Raises
    ------
    PackError
        No such pack, one without that precision, or a precision for CUDA asked for on the CPU.
    """

    def __init__(self, folder: Path, device: str = "cpu", precision: str | None = None, threads: int = 0) -> None:
        self.pack = Pack(folder)
        self.manifest, self.settings = self.pack.manifest, self.pack.manifest.get("settings", {})
        self._device, self._threads = device, threads
        name = printable(folder)
        missing = [key for key in ("graphs", "precisions", "devices") if not isinstance(self.manifest.get(key), dict)]
        if missing:
            raise PackError(f"{name}: no pack of cuefinder-export, its manifest lacks {', '.join(missing)}")
        known = self.manifest["precisions"]
        if precision not in (None, *known):
            raise PackError(f"{name}: no precision {precision}; it has {', '.join(known)}")
        # ONNX Runtime 1.31 crashes on the CPU with some graphs of float16, so that they never get there.
        if precision and device == "cpu" and known[precision].get("device") == "cuda":
            raise PackError(f"{name}: precision {precision} is for CUDA alone; choose another")
        self._precision = precision
        self._graphs = Graphs(self._open)

    def _precisions(self, wanted: str | None) -> tuple[str, str]:
        """Give the precision on the CPU and that on the accelerator that may be in use."""
        devices, known = self.manifest["devices"], self.manifest["precisions"]
        if wanted and known[wanted].get("device") != "cuda":
            return wanted, wanted
        # Other accelerators have their own ways of float16, and take the graph as it is.
        on_cuda = self._device == "cuda" or (self._device == "auto" and candidates()[0] == CUDA)
        usual = devices["cuda"] if on_cuda else "fp32"
        return devices["cpu"], wanted or usual

    @property
    def placements(self) -> dict[str, Placement]:
        """Where each graph that is open runs now, and why there."""
        return self._graphs.placements

    def graph(self, name: str) -> Graph:
        """Give a graph, its files checked; one that does not come in the precision comes in fp32."""
        return self._graphs[name]

    def _open(self, name: str) -> Graph:
        here, elsewhere = self._precisions(self._precision)
        on_cpu = self._file(name, here)
        if self._device == "cpu":
            return Graph(on_cpu, "cpu", self._threads)
        return Graph(self._file(name, elsewhere), self._device, self._threads, cpu_path=on_cpu)

    def _file(self, name: str, precision: str) -> Path:
        files = self.manifest["graphs"][name]["files"]
        graph, *_ = [self.pack.file(file) for file in files.get(precision, files["fp32"])]
        return graph

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
