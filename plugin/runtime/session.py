"""ONNX Runtime sessions on the wanted device, with the device that is really used in plain sight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.errors import PackError, printable
from plugin.runtime.device import first_line, open_session


class Graph:
    """One loaded graph; arrays in by name, arrays out in the graph's order.

    Parameters
    ----------
    path : Path
        The ONNX file, already checked.
    device : str
        "auto" (CUDA where this machine has it, else the CPU), "cpu" or "cuda".
    threads : int
        CPU threads; 0 leaves the choice to ONNX Runtime.

    Attributes
    ----------
    placement : Placement
        Where it runs, and why there.

    Raises
    ------
    InputError, DeviceError
        As `plugin.runtime.device.open_session` does.
    PackError
        ONNX Runtime cannot load the file.
    """

    def __init__(self, path: Path, device: str = "auto", threads: int = 0) -> None:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as ort

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads
        # Idle threads that spin would take the cores from the decode workers.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session, self.placement = open_session(path, options, device)
        except (ort.Fail, ort.InvalidArgument, ort.InvalidGraph, ort.InvalidProtobuf, ort.NoSuchFile) as error:
            raise PackError(f"{printable(path)}: ONNX Runtime cannot load it ({first_line(error)})") from error

    @property
    def provider(self) -> str:
        """Execution provider that the graph really runs on."""
        return self.placement.provider

    def __call__(self, **inputs: npt.NDArray[Any]) -> list[npt.NDArray[np.float32]]:
        """Run the graph."""
        outputs: list[npt.NDArray[np.float32]] = self._session.run(None, inputs)
        return outputs
