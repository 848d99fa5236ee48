"""ONNX Runtime sessions on the wanted device, with the device that is really used in plain sight."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from plugin.errors import PackError, printable
from plugin.runtime.device import CPU, DIRECTML, TITLES, Placement, cpu_session, first_line, keep_for_ever, open_session

Array = npt.NDArray[Any]
Outputs = list[npt.NDArray[np.float32]]
EXHAUSTED = re.compile(r"out of memory|failed to allocate|bad.?alloc|not enough memory|E_OUTOFMEMORY", re.IGNORECASE)
log = logging.getLogger(__name__)
_directml = threading.Lock()


class Opened(NamedTuple):
    """A session and where it runs; both change at once."""

    session: Any
    placement: Placement


class Graph:
    """One loaded graph; arrays in by name, arrays out in the graph's order.

    Where an accelerator fails while it runs (its memory is full, the device is lost), the graph goes on on the CPU with
    the very same inputs, for good, and says so in the log and by its placement. Any number of threads may call it.

    Parameters
    ----------
    path : Path
        The ONNX file, already checked.
    device : str
        "auto" (the first accelerator that works here, else the CPU), "cpu", or an accelerator by name.
    threads : int
        CPU threads; 0 leaves the choice to ONNX Runtime.
    cpu_path : Path, optional
        The file to use on the CPU, where that takes another precision.

    Raises
    ------
    InputError, DeviceError
        As `plugin.runtime.device.open_session` does.
    PackError
        ONNX Runtime cannot load the file.
    """

    def __init__(self, path: Path, device: str = "auto", threads: int = 0, *, cpu_path: Path | None = None) -> None:
        self._path, self._cpu_path, self._threads = path, cpu_path or path, threads
        self._changing = threading.Lock()
        self._fitting = sys.maxsize
        with _loading(path):
            self._opened = Opened(*open_session(path, _options(threads), device, cpu_path))

    @property
    def opened(self) -> Opened:
        """The session in use and its placement, as they are now."""
        return self._opened

    @property
    def placement(self) -> Placement:
        """Where it runs now, and why there."""
        return self._opened.placement

    @property
    def provider(self) -> str:
        """Execution provider that the graph really runs on."""
        return self.placement.provider

    def __call__(self, **inputs: Array) -> Outputs:
        """Run the graph."""
        opened = self._opened
        try:
            return self._run(opened, inputs)
        except failures() as error:
            return self._run_on_cpu(opened, error, inputs)

    def rows(self, most: int, **inputs: Array) -> Outputs:
        """Run a graph on the rows of its inputs, so many at a time at most; half as many where memory does not do.

        Parameters
        ----------
        most : int
        **inputs : array
            All with the batch first, as all outputs have it.
        """
        count, at, most = len(next(iter(inputs.values()))), 0, min(most, self._fitting)
        parts: list[Outputs] = []
        while at < count or not parts:
            part = {name: value[at : at + most] for name, value in inputs.items()}
            opened = self._opened
            try:
                parts.append(self._run(opened, part))
            except failures() as error:
                size = min(most, count - at)
                if size > 1 and is_exhausted(error):
                    # It is remembered: each call would run into it anew.
                    self._fitting = most = size // 2
                    log.info("%s: %s rows do not fit into memory, %s are tried", self._path.name, size, most)
                    continue
                parts.append(self._run_on_cpu(opened, error, part))
            at += most
        return parts[0] if len(parts) == 1 else [np.concatenate(column) for column in zip(*parts, strict=True)]

    def fall_back(self, opened: Opened, error: BaseException) -> Opened:
        """Go on on the CPU after `opened` failed; raises the error where that was the CPU already.

        Of several threads whose calls failed, the first opens the graph anew, and the others find it.
        """
        if opened.placement.provider == CPU:
            raise error
        with self._changing:
            if self._opened is opened:
                title = TITLES[opened.placement.provider]
                why = f"{title} failed while it ran: {first_line(error)}"
                if not is_exhausted(error):
                    keep_for_ever()
                with _loading(self._cpu_path):
                    session = cpu_session(self._cpu_path, _options(self._threads))
                self._opened = Opened(session, Placement(CPU, why))
                log.warning("%s: %s; it goes on on the CPU", self._path.name, why)
            return self._opened

    def _run_on_cpu(self, opened: Opened, error: BaseException, inputs: dict[str, Array]) -> Outputs:
        return self._run(self.fall_back(opened, error), inputs)

    def _run(self, opened: Opened, inputs: dict[str, Array]) -> Outputs:
        with turn(opened.placement.provider):
            outputs: Outputs = opened.session.run(None, inputs)
        return outputs


def turn(provider: str) -> AbstractContextManager[object]:
    """Give what a session of a provider is run within: DirectML takes one call at a time."""
    return _directml if provider == DIRECTML else nullcontext()


def failures() -> tuple[type[Exception], ...]:
    """What ONNX Runtime raises where a device fails; wrong inputs are another error."""
    from onnxruntime.capi import onnxruntime_pybind11_state as ort

    # Older versions have no DeviceReset.
    return (ort.EngineError, ort.EPFail, ort.Fail, ort.NotImplemented, ort.RuntimeException, RuntimeError, MemoryError,
            getattr(ort, "DeviceReset", ort.Fail))  # fmt: skip


def is_exhausted(error: BaseException) -> bool:
    """Whether an error says that memory is full."""
    return isinstance(error, MemoryError) or EXHAUSTED.search(str(error)) is not None


@contextmanager
def _loading(path: Path) -> Iterator[None]:
    from onnxruntime.capi import onnxruntime_pybind11_state as ort

    try:
        yield
    except (ort.Fail, ort.InvalidArgument, ort.InvalidGraph, ort.InvalidProtobuf, ort.NoSuchFile) as error:
        raise PackError(f"{printable(path)}: ONNX Runtime cannot load it ({first_line(error)})") from error


def _options(threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = threads
    # Idle threads that spin would take the cores from the decode workers.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options
