"""The device that graphs run on, an accelerator or the CPU, and in words why it is that one."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import io
import re
import sys
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plugin.errors import DeviceError, InputError
from plugin.runtime.graph_cache import open_cached

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
COREML, DIRECTML = "CoreMLExecutionProvider", "DmlExecutionProvider"
ACCELERATORS = {"cuda": CUDA, "coreml": COREML, "directml": DIRECTML}
"""Names of the providers that come before the CPU, the first choice first."""
DEVICES = ("auto", "cpu", *ACCELERATORS)
TITLES = {CPU: "CPU", CUDA: "CUDA", COREML: "CoreML", DIRECTML: "DirectML"}
INSTALL = "pip install 'cuefinder[cuda]'"
"""Brings the libraries of CUDA that ONNX Runtime wants."""
NOT_FOUND = re.compile(r"(lib[^\s:/]+\.so[.\d]*): cannot open shared object file")
OPTIONS = {CUDA: {"use_tf32": "0"}}
"""What providers are opened with: in TF32 the core pack's graphs differ by 1e-3 of their range from those on the CPU,
without it by 1e-6. The search for algorithms stays exhaustive, 0.09 s for each new number of rows: on an H100 the
heuristic one took 0.03 s, but chose some that need 3 GB."""
FATAL, WARNING = 4, 2
"""Severities of ONNX Runtime's log; it starts with warnings."""
_accelerated_sessions: weakref.WeakSet[Any] = weakref.WeakSet()


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a graph runs.

    Attributes
    ----------
    provider : str
        ONNX Runtime's execution provider.
    reason : str
        Why it is not the first choice; empty where it is.
    """

    provider: str
    reason: str = ""

    @property
    def device(self) -> str:
        """The provider in short: "CUDA", "CoreML", "DirectML" or "CPU"."""
        return TITLES[self.provider]

    def __str__(self) -> str:
        return f"{self.device}: {self.reason}" if self.reason else self.device


def open_session(path: Path, options: Any, device: str, cpu_path: Path | None = None) -> tuple[Any, Placement]:
    """Load a graph on the wanted device.

    Parameters
    ----------
    path : pathlib.Path
    options : onnxruntime.SessionOptions
    device : str
        "auto" (the first of the accelerators that works here, else the CPU), or one by name.
    cpu_path : pathlib.Path, optional
        The graph in another precision, for the CPU.

    Returns
    -------
    onnxruntime.InferenceSession
    Placement

    Raises
    ------
    InputError
        An unknown device.
    DeviceError
        An accelerator was asked for by name and cannot run here.
    """
    if device not in DEVICES:
        raise InputError(f"device {device!r}: unknown; choose one of {', '.join(DEVICES)}")
    if device == "cpu":
        return cpu_session(cpu_path or path, options), Placement(CPU, "asked for")
    wanted = candidates() if device == "auto" else [ACCELERATORS[device]]
    reasons: list[str] = []
    for provider in wanted:
        reason = obstacle(provider)
        if not reason:
            session, reason = _accelerated(path, options, provider)
            if session is not None:
                return session, Placement(provider, "; ".join(reasons))
        reasons.append(reason)
    if device != "auto":
        raise DeviceError(f"{TITLES[wanted[0]]} cannot be used: {reasons[0]}; the device cpu always works")
    return cpu_session(cpu_path or path, options), Placement(CPU, "; ".join(reasons))


def cpu_session(path: Path, options: Any) -> Any:
    """Load a graph on the CPU, from the cache of optimised graphs where that has it."""
    return open_cached(path, lambda file: _session(file, options, CPU), options)


def keep_for_ever() -> None:
    """Keep all sessions of accelerators from ever being taken down.

    For a card that is lost: taking a session down calls it, and ONNX Runtime ends the process where that fails.
    """
    for session in list(_accelerated_sessions):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(session))
    _accelerated_sessions.clear()


def provider_session(model: bytes, provider: str) -> Any:
    """Make a session of a small model, on a provider that is known to work."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level, options.intra_op_num_threads = 3, 1
    return _session(model, options, *dict.fromkeys((provider, CPU)))


def candidates() -> list[str]:
    """Accelerators that this build of ONNX Runtime offers, the first choice first; CUDA if there are none."""
    import onnxruntime

    offered = onnxruntime.get_available_providers()
    return [provider for provider in ACCELERATORS.values() if provider in offered] or [CUDA]


def obstacle(provider: str = CUDA) -> str:
    """Say what keeps an accelerator from being tried at all; empty where nothing does."""
    import onnxruntime

    if provider not in onnxruntime.get_available_providers():
        return f"this build of ONNX Runtime has no {TITLES[provider]}"
    return "" if provider != CUDA or has_driver() else "this machine has no NVIDIA driver"


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


@functools.cache
def preload() -> None:
    """Load the libraries of CUDA that pip installed, once; it would print what it does not find."""
    import onnxruntime

    with contextlib.redirect_stdout(io.StringIO()):
        onnxruntime.preload_dlls()


def missing_library() -> str:
    """Name the library that ONNX Runtime's CUDA provider needs and does not find, with advice; empty if it has all.

    Only to be asked after CUDA failed: loading the provider before ONNX Runtime does would break it.
    """
    import onnxruntime

    provider = Path(onnxruntime.__file__).parent / "capi" / "libonnxruntime_providers_cuda.so"
    found = NOT_FOUND.search(load_failure(provider))
    return f"{found[1]} is missing; install it with: {INSTALL}" if found else ""


def first_line(error: BaseException) -> str:
    """Shorten an error of a library to its first line."""
    return str(error).strip().split("\n", 1)[0]


def _accelerated(path: Path, options: Any, provider: str) -> tuple[Any | None, str]:
    """Try an accelerator; gives the session, or None and the reason."""
    import onnxruntime
    from onnxruntime.capi import onnxruntime_pybind11_state as ort

    failure = ""
    # What it writes to the terminal by itself is what is told here in one line.
    onnxruntime.set_default_logger_severity(FATAL)
    try:
        if provider == CUDA:
            preload()
        session = _session(path, options, provider, CPU)
        if session.get_providers()[0] == provider:
            return session, ""
    except (RuntimeError, ValueError, ort.EPFail, ort.Fail, ort.NotImplemented, ort.RuntimeException) as error:
        # If it was the graph's fault after all, the CPU will say so too.
        failure = first_line(error)
    finally:
        onnxruntime.set_default_logger_severity(WARNING)
    more = "ONNX Runtime says no more"
    if provider == CUDA:
        failure = missing_library() or failure
        more += "; see whether nvidia-smi works"
    return None, f"{TITLES[provider]} did not start: {failure or more}"


def _session(model: Path | bytes, options: Any, *providers: str) -> Any:
    import onnxruntime

    # DirectML refuses a session that plans its memory ahead.
    options.enable_mem_pattern = providers[0] != DIRECTML
    source = model if isinstance(model, bytes) else str(model)
    session = onnxruntime.InferenceSession(
        source, options, providers=list(providers), provider_options=[OPTIONS.get(each, {}) for each in providers],
        enable_fallback=0,
    )  # fmt: skip
    if providers[0] != CPU:
        _accelerated_sessions.add(session)
    return session
