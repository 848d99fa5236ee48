"""The device that graphs run on, CUDA or the CPU, and in words why it is that one."""

from __future__ import annotations

import contextlib
import ctypes
import io
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugin.errors import DeviceError, InputError

DEVICES = ("auto", "cpu", "cuda")
CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
ADVICE = "install it with: pip install 'onnxruntime-gpu[cuda,cudnn]'"
NOT_FOUND = re.compile(r"(lib[^\s:/]+\.so[.\d]*): cannot open shared object file")
FATAL, WARNING = 4, 2
"""Severities of ONNX Runtime's log; it starts with warnings."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a graph runs.

    Attributes
    ----------
    provider : str
        ONNX Runtime's execution provider.
    reason : str
        Why it is not CUDA; empty where it is.
    """

    provider: str
    reason: str = ""

    @property
    def device(self) -> str:
        """The provider in short: "CUDA" or "CPU"."""
        return self.provider.removesuffix("ExecutionProvider")

    def __str__(self) -> str:
        return f"{self.device}: {self.reason}" if self.reason else self.device


def open_session(path: Path, options: Any, device: str) -> tuple[Any, Placement]:
    """Load a graph on the wanted device.

    Parameters
    ----------
    path : pathlib.Path
    options : onnxruntime.SessionOptions
    device : str
        "auto" (CUDA where this machine has it, else the CPU), "cpu" or "cuda".

    Returns
    -------
    onnxruntime.InferenceSession
    Placement

    Raises
    ------
    InputError
        An unknown device.
    DeviceError
        CUDA was asked for by name and cannot run here.
    """
    if device not in DEVICES:
        raise InputError(f"device {device!r}: unknown; choose one of {', '.join(DEVICES)}")
    if device == "cpu":
        return _session(path, options, [CPU]), Placement(CPU, "asked for")
    reason = obstacle()
    if not reason:
        session, reason = _cuda_session(path, options)
        if session is not None:
            return session, Placement(CUDA)
    if device == "cuda":
        raise DeviceError(f"CUDA cannot be used: {reason}; the device cpu always works")
    return _session(path, options, [CPU]), Placement(CPU, reason)


def obstacle() -> str:
    """Say what keeps CUDA from being tried at all; empty where nothing does."""
    import onnxruntime

    if CUDA not in onnxruntime.get_available_providers():
        return "this build of ONNX Runtime has no CUDA"
    return "" if has_driver() else "this machine has no NVIDIA driver"


def has_driver() -> bool:
    """Tell whether the library of NVIDIA's driver is here: where it is not, nothing of CUDA can be."""
    return not load_failure(Path("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"))


def load_failure(library: Path) -> str:
    """Give what the system says when a library does not load; empty where it does."""
    try:
        ctypes.CDLL(str(library))
    except OSError as error:
        return str(error)
    return ""


def missing_library() -> str:
    """Name the library that ONNX Runtime's CUDA provider needs and does not find, with advice; empty if it has all.

    Only to be asked after CUDA failed: loading the provider before ONNX Runtime does would break it.
    """
    import onnxruntime

    provider = Path(onnxruntime.__file__).parent / "capi" / "libonnxruntime_providers_cuda.so"
    found = NOT_FOUND.search(load_failure(provider))
    return f"{found[1]} is missing; {ADVICE}" if found else ""


def first_line(error: BaseException) -> str:
    """Shorten an error of a library to its first line."""
    return str(error).strip().split("\n", 1)[0]


def _cuda_session(path: Path, options: Any) -> tuple[Any | None, str]:
    """Try CUDA; gives the session, or None and the reason."""
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as ort

    failure = ""
    # What it writes to the terminal by itself is what is told here in one line.
    onnxruntime.set_default_logger_severity(FATAL)
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            onnxruntime.preload_dlls()
        session = _session(path, options, [CUDA, CPU])
        if session.get_providers()[0] == CUDA:
            return session, ""
    except (RuntimeError, ValueError, ort.EPFail, ort.Fail, ort.RuntimeException) as error:
        # If it was the graph's fault after all, the CPU will say so too.
        failure = first_line(error)
    finally:
        onnxruntime.set_default_logger_severity(WARNING)
    why = missing_library() or failure or "ONNX Runtime says no more; see whether nvidia-smi works"
    return None, f"CUDA did not start: {why}"


def _session(path: Path, options: Any, providers: list[str]) -> Any:
    import onnxruntime

    return onnxruntime.InferenceSession(str(path), options, providers=providers, enable_fallback=0)
