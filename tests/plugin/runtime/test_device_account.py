"""Which device is used and why, for all that ONNX Runtime and the system may say."""

from __future__ import annotations

from typing import Any

import onnxruntime
import pytest
from onnxruntime.capi import onnxruntime_pybind11_state as ort

from plugin.errors import DeviceError, InputError
from plugin.paths import pack_dir
from plugin.runtime import device
from plugin.runtime.device import CPU, CUDA, Placement
from plugin.runtime.engine import Engine

GRAPH = pack_dir() / "text.onnx"
LINKER_SAYS = "libcudnn.so.9: cannot open shared object file: No such file or directory"


class Session:
    """A session that says that it runs on such providers."""

    def __init__(self, given: list[str]) -> None:
        self.given = given

    def get_providers(self) -> list[str]:
        return self.given


class Runtime:
    """What ONNX Runtime and the linker answer; the sessions that were asked for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.available = [CUDA, CPU]
        self.unloadable: dict[str, str] = {}
        self.cuda_answer: list[str] | Exception = [CUDA, CPU]
        self.asked: list[list[str]] = []
        monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: self.available)
        monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: print("much that nobody asked for"))
        monkeypatch.setattr(onnxruntime, "InferenceSession", self.session)
        monkeypatch.setattr(device, "load_failure", lambda library: self.unloadable.get(library.name, ""))

    def session(
        self, path: str, options: object, *, providers: list[str], provider_options: list[dict[str, str]],
        enable_fallback: int,
    ) -> Any:  # fmt: skip
        assert not enable_fallback  # it would tell the terminal and hide the reason
        self.asked.append(providers)
        if isinstance(self.cuda_answer, Exception) and CUDA in providers:
            raise self.cuda_answer
        given = self.cuda_answer if CUDA in providers else providers
        return Session(given)

    def place(self, wanted: str) -> Placement:
        return device.open_session(GRAPH, onnxruntime.SessionOptions(), wanted)[1]


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Runtime:
    device.preload.cache_clear()
    return Runtime(monkeypatch)


def without_cuda(runtime: Runtime) -> str:
    runtime.available = [CPU]
    return "this build of ONNX Runtime has no CUDA"


def without_driver(runtime: Runtime) -> str:
    runtime.unloadable = {"libcuda.so.1": "not there", "nvcuda.dll": "not there"}
    return "this machine has no NVIDIA driver"


def without_library(runtime: Runtime) -> str:
    runtime.cuda_answer = [CPU]
    runtime.unloadable = {"libonnxruntime_providers_cuda.so": LINKER_SAYS}
    return "CUDA did not start: libcudnn.so.9 is missing; install it with: pip install 'cuefinder[cuda]'"


def with_an_old_driver(runtime: Runtime) -> str:
    runtime.cuda_answer = RuntimeError("CUDA failure 35: driver version is insufficient\nstack\n")
    return "CUDA did not start: CUDA failure 35: driver version is insufficient"


def with_a_failing_graph(runtime: Runtime) -> str:
    runtime.cuda_answer = ort.Fail("CUDNN failure 1000")
    return "CUDA did not start: CUDNN failure 1000"


def without_a_word(runtime: Runtime) -> str:
    runtime.cuda_answer = [CPU]
    runtime.unloadable = {"libonnxruntime_providers_cuda.so": "undefined symbol: Provider_GetHost"}
    return "CUDA did not start: ONNX Runtime says no more; see whether nvidia-smi works"


OBSTACLES = [without_cuda, without_driver, without_library, with_an_old_driver, with_a_failing_graph, without_a_word]


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_auto_falls_to_the_cpu_and_says_why(runtime, obstacle, capfd) -> None:
    why = obstacle(runtime)
    placement = runtime.place("auto")
    assert str(placement) == f"CPU: {why}"
    assert (placement.provider, placement.device) == (CPU, "CPU")
    assert runtime.asked[-1] == [CPU]
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_cuda_by_name_is_refused_with_the_reason(runtime, obstacle) -> None:
    why = obstacle(runtime)
    with pytest.raises(DeviceError) as caught:
        runtime.place("cuda")
    assert str(caught.value) == f"CUDA cannot be used: {why}; the device cpu always works"


@pytest.mark.parametrize("wanted", ["auto", "cuda"])
def test_cuda_where_it_starts(runtime, wanted) -> None:
    assert str(runtime.place(wanted)) == "CUDA"
    assert runtime.asked == [[CUDA, CPU]]


def test_cpu_by_name_tries_nothing_else(runtime) -> None:
    assert str(runtime.place("cpu")) == "CPU: asked for"
    assert runtime.asked == [[CPU]]


def test_unknown_device(runtime) -> None:
    with pytest.raises(InputError, match=r"device 'tpu': unknown; choose one of auto, cpu, cuda"):
        runtime.place("tpu")


def test_a_library_that_is_not_there_is_known_by_the_system_itself(tmp_path) -> None:
    assert device.load_failure(tmp_path / "libnothing.so.3")
    damaged = tmp_path / "libdamaged.so"
    damaged.write_bytes(b"no library")
    assert device.load_failure(damaged)


def test_the_engine_tells_of_every_graph_it_has_loaded() -> None:
    engine = Engine(device="cpu")
    assert engine.placements == {}
    assert str(engine.placement) == "CPU: asked for"
    engine.load()
    assert set(engine.placements) == {"music", "rhythm", "text", "video", "caption_encoder", "caption_decoder"}
    assert {placement.provider for placement in engine.placements.values()} == {CPU}
