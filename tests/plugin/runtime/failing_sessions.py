"""Accelerators that are none: sessions of the CPU that say another name, and fail at a call of one's choice."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import onnxruntime
import pytest
from onnxruntime.capi import onnxruntime_pybind11_state as ort

from plugin.runtime import device, holders
from plugin.runtime.device import CPU, CUDA

OUT_OF_MEMORY = "Non-zero status code: BFCArena::AllocateRawInternal Failed to allocate memory for 9 bytes\nstack"
LOST = "CUDA failure 719: unspecified launch failure\nstack"
Fails = Callable[[int, int], str]
"""By the number of a call and its rows: what it fails with, or an empty text."""


class FailingSession:
    """A session of the CPU in the guise of another provider's."""

    def __init__(self, real: Any, provider: str, machine: Accelerated) -> None:
        self._real, self._provider, self._machine = real, provider, machine

    def get_providers(self) -> list[str]:
        return [self._provider, CPU]

    def run(self, names: Any, inputs: Any) -> Any:
        with self._machine.call(len(next(iter(inputs.values())))):
            return self._real.run(names, inputs)

    def io_binding(self) -> Any:
        return self._real.io_binding()

    def run_with_iobinding(self, binding: Any) -> None:
        with self._machine.call(0):
            self._real.run_with_iobinding(binding)


class Accelerated:
    """A machine with an accelerator; `fails` decides which of its calls fail, `most_at_once` counts those together."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, provider: str = CUDA) -> None:
        self.fails: Fails = lambda call, rows: ""
        self.calls, self.opened, self.most_at_once, self._now = 0, [], 0, 0
        self._lock = threading.Lock()
        self._real, self._provider = onnxruntime.InferenceSession, provider
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [provider, CPU])
        monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None)
        monkeypatch.setattr(device, "load_failure", lambda library: "")
        monkeypatch.setattr(onnxruntime, "InferenceSession", self._session)
        monkeypatch.setattr(holders, "MEMORY", {})  # what the guise holds lies in the memory of the CPU
        holders._gatherer.cache_clear()

    def _session(
        self, model: str | bytes, options: Any, *, providers: list[str], provider_options: list[dict[str, str]],
        enable_fallback: int,
    ) -> Any:  # fmt: skip
        real = self._real(model, options, providers=[CPU])
        if isinstance(model, str):
            self.opened.append((Path(model).name, providers[0]))
        return real if providers == [CPU] else FailingSession(real, self._provider, self)

    @contextmanager
    def call(self, rows: int) -> Iterator[None]:
        """Be called once; fails where that is wanted."""
        with self._lock:
            self.calls += 1
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            what = self.fails(self.calls, rows)
        try:
            if what:
                raise ort.RuntimeException(what)
            yield
        finally:
            with self._lock:
                self._now -= 1
