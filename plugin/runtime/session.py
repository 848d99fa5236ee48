"""ONNX Runtime sessions on the wanted device, with the device that is really used in plain sight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from plugin.errors import DeviceError, InputError, PackError, printable

DEVICES = {"auto": None, "cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}


def choose_providers(device: str) -> list[str]:
    """Execution providers to ask for, first choice first.

    Parameters
    ----------
    device : str
        "auto" (CUDA where this machine has it, else the CPU), "cpu" or "cuda".

    Raises
    ------
    InputError
        An unknown device.
    DeviceError
        CUDA was asked for by name and this build of ONNX Runtime cannot.
    """
    import onnxruntime

    if device not in DEVICES:
        raise InputError(f"device {device!r}: unknown; choose one of {', '.join(DEVICES)}")
    available = onnxruntime.get_available_providers()
    if device == "cuda" and DEVICES["cuda"] not in available:
        raise DeviceError("CUDA: this ONNX Runtime has no CUDA provider; install onnxruntime-gpu or use --device cpu")
    wanted = ["CPUExecutionProvider"] if device == "cpu" else ["CUDAExecutionProvider", "CPUExecutionProvider"]
    return [name for name in wanted if name in available]


def cuda_can_start() -> bool:
    """Tell whether an NVIDIA driver is here, before ONNX Runtime complains on stderr that its libraries are not."""
    import ctypes.util

    return Path("/proc/driver/nvidia/version").exists() or ctypes.util.find_library("nvcuda") is not None


class Graph:
    """One loaded graph; arrays in by name, arrays out in the graph's order.

    Parameters
    ----------
    path : Path
        The ONNX file, already checked.
    device : str
        As for `choose_providers`.
    threads : int
        CPU threads; 0 leaves the choice to ONNX Runtime.

    Raises
    ------
    PackError
        ONNX Runtime cannot load the graph.
    DeviceError
        CUDA was asked for by name and does not start.
    """

    def __init__(self, path: Path, device: str = "auto", threads: int = 0) -> None:
        import onnxruntime
        from onnxruntime.capi import onnxruntime_pybind11_state as ort

        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        options.intra_op_num_threads = threads
        # Idle threads that spin would take the cores from the decode workers.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        providers = choose_providers(device)
        if device == "auto" and "CUDAExecutionProvider" in providers:
            if cuda_can_start():
                onnxruntime.preload_dlls()
            else:
                providers.remove("CUDAExecutionProvider")
        try:
            self._session: Any = onnxruntime.InferenceSession(str(path), options, providers=providers)
        except (ort.Fail, ort.InvalidArgument, ort.InvalidGraph, ort.InvalidProtobuf, ort.NoSuchFile) as error:
            raise PackError(f"{printable(path)}: ONNX Runtime cannot load it ({first_line(error)})") from error
        self.provider: str = self._session.get_providers()[0]
        if device == "cuda" and self.provider != "CUDAExecutionProvider":
            raise DeviceError("CUDA: the provider did not start (driver or libraries); use --device cpu")

    def __call__(self, **inputs: npt.NDArray[Any]) -> list[npt.NDArray[np.float32]]:
        """Run the graph."""
        outputs: list[npt.NDArray[np.float32]] = self._session.run(None, inputs)
        return outputs


def first_line(error: BaseException) -> str:
    """Shorten an error of a library to its first line."""
    return str(error).strip().split("\n", 1)[0]
