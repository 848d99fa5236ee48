"""An accelerator that fails while it works: nothing is lost, the CPU goes on, and it is said."""

from __future__ import annotations

import gc
import logging
import weakref
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from failing_sessions import LOST, OUT_OF_MEMORY, Accelerated
from onnxruntime.capi import onnxruntime_pybind11_state as ort

from plugin.pack import Pack
from plugin.paths import pack_dir
from plugin.runtime import holders
from plugin.runtime.batching import rows_of_audio
from plugin.runtime.captioner import CaptionWriter
from plugin.runtime.device import COREML, CPU, CUDA, DIRECTML
from plugin.runtime.engine import Engine
from plugin.runtime.session import Graph

TEXT = pack_dir() / "text.onnx"
IDS = np.arange(3, 27).reshape(8, 3)
PACK = Pack(pack_dir())


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Accelerated:
    made = Accelerated(monkeypatch)
    yield made
    holders._gatherer.cache_clear()


def alike(found: list[np.ndarray], wanted: list[np.ndarray]) -> bool:
    return all(np.allclose(a, b, atol=1e-5) for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("wanted", ["auto", "cuda"])
def test_a_lost_device_leaves_the_work_to_the_cpu(machine, wanted, caplog) -> None:
    graph = Graph(TEXT, wanted)
    right = Graph(TEXT, "cpu")(ids=IDS)
    assert alike(graph(ids=IDS), right) and str(graph.placement) == "CUDA"
    machine.fails = lambda call, rows: LOST
    assert alike(graph(ids=IDS), right)
    why = "CUDA failed while it ran: CUDA failure 719: unspecified launch failure"
    assert str(graph.placement) == f"CPU: {why}"
    assert [record.message for record in caplog.records] == [f"text.onnx: {why}; it goes on on the CPU"]
    assert caplog.records[0].levelno == logging.WARNING
    calls = machine.calls
    assert alike(graph(ids=IDS), right) and machine.calls == calls  # it stays there


def test_threads_that_fail_together_open_the_cpu_once(machine) -> None:
    graph = Graph(TEXT, "auto")
    right = Graph(TEXT, "cpu")(ids=IDS)
    before = machine.opened.count(("text.onnx", CPU))
    machine.fails = lambda call, rows: LOST if call > 3 else ""
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: graph(ids=IDS), range(40)))
    assert all(alike(each, right) for each in found)
    assert machine.opened.count(("text.onnx", CPU)) == before + 1


def test_full_memory_halves_the_rows_before_it_gives_the_device_up(machine) -> None:
    graph = Graph(TEXT, "auto")
    right = Graph(TEXT, "cpu")(ids=IDS)
    machine.fails = lambda call, rows: OUT_OF_MEMORY if rows > 2 else ""
    assert alike(graph.rows(8, ids=IDS), right)
    assert str(graph.placement) == "CUDA"
    calls = machine.calls
    assert alike(graph.rows(8, ids=IDS), right)
    assert machine.calls == calls + 4  # what fits is remembered
    machine.fails = lambda call, rows: OUT_OF_MEMORY
    assert alike(graph.rows(8, ids=IDS), right)
    assert graph.placement.reason.startswith("CUDA failed while it ran: Non-zero status code: BFCArena")


@pytest.mark.parametrize(("failure", "stays"), [(LOST, True), (OUT_OF_MEMORY, False)])
def test_sessions_of_a_card_that_is_lost_are_never_taken_down(machine, failure, stays) -> None:
    """Taking one down calls the card; where that fails, ONNX Runtime ends the process."""
    failing, other = Graph(TEXT, "auto"), Graph(TEXT, "auto")
    seen = [weakref.ref(graph.opened.session) for graph in (failing, other)]
    machine.fails = lambda call, rows: failure
    failing(ids=IDS)
    del other
    gc.collect()
    assert [each() is not None for each in seen] == [stays, stays]


def test_rows_that_are_done_are_not_done_again(machine) -> None:
    graph = Graph(TEXT, "auto")
    right = Graph(TEXT, "cpu")(ids=IDS)
    machine.fails = lambda call, rows: LOST if call == 3 else ""
    assert alike(graph.rows(2, ids=IDS), right)
    assert machine.calls == 3


def test_a_fault_of_the_input_is_the_callers(machine) -> None:
    graph = Graph(TEXT, "auto")
    with pytest.raises(ort.InvalidArgument):
        graph(ids=IDS.astype(np.float32))
    assert str(graph.placement) == "CUDA"


def test_a_failure_of_the_cpu_itself_is_raised(machine) -> None:
    graph = Graph(TEXT, "cpu")
    with pytest.raises(ort.Fail, match="no memory"):
        graph.fall_back(graph.opened, ort.Fail("no memory"))
    assert str(graph.placement) == "CPU: asked for"


@pytest.mark.parametrize("call", [1, 2, 3, 5, 8])
def test_a_caption_is_begun_anew_on_the_cpu_whenever_the_device_fails(machine, call) -> None:
    def writer(device: str) -> tuple[CaptionWriter, Graph]:
        graphs = [Graph(pack_dir() / f"caption_{each}.onnx", device) for each in ("encoder", "decoder")]
        return CaptionWriter(*graphs, None, PACK.vocabulary(), PACK.manifest["caption"]), graphs[1]

    rng = np.random.default_rng(0)
    heard = (rng.standard_normal((2, 20, 256), np.float32), rng.random(116, np.float32), np.zeros((1, 0, 192), "f"))
    right = writer("cpu")[0].tokens(*heard, beams=4)
    written, decoder = writer("auto")
    machine.fails = lambda number, rows: LOST if number > call else ""  # the first call is the encoder's
    assert written.tokens(*heard, beams=4) == right
    assert decoder.provider == CPU and machine.calls == call + 1


def test_an_engine_tells_which_of_its_graphs_had_to_move(machine) -> None:
    engine = Engine(parts={})
    engine.text(["a calm piano"])
    assert str(engine.placements["text"]) == "CUDA"
    machine.fails = lambda call, rows: LOST
    engine.text(["a calm piano"])
    assert engine.placements["text"].reason.startswith("CUDA failed while it ran")


def test_directml_is_asked_one_thing_at_a_time(monkeypatch) -> None:
    machine = Accelerated(monkeypatch, DIRECTML)
    graphs = [Graph(pack_dir() / f"caption_{each}.onnx", "auto") for each in ("encoder", "decoder")]
    writer = CaptionWriter(*graphs, None, PACK.vocabulary(), PACK.manifest["caption"])
    rng = np.random.default_rng(0)
    heard = (rng.standard_normal((2, 20, 256), np.float32), rng.random(116, np.float32), np.zeros((1, 0, 192), "f"))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: tuple(writer.tokens(*heard, beams=2)), range(8)))
    assert len(set(found)) == 1 and machine.most_at_once == 1


@pytest.mark.parametrize(("provider", "name"), [(COREML, "CoreML"), (DIRECTML, "DirectML")])
def test_other_accelerators_are_taken_where_they_are_offered(monkeypatch, provider, name) -> None:
    machine = Accelerated(monkeypatch, provider)
    graph = Graph(TEXT, "auto")
    assert str(graph.placement) == name and graph.provider == provider
    right = Graph(TEXT, "cpu")(ids=IDS)
    machine.fails = lambda call, rows: LOST if call > 1 else ""
    assert alike(graph(ids=IDS), right) and str(graph.placement) == name
    assert alike(graph(ids=IDS), right)
    assert graph.placement.reason.startswith(f"{name} failed while it ran")


def test_seconds_of_audio_make_a_batch() -> None:
    assert [rows_of_audio(seconds, CPU) for seconds in (10.0, 80.0, 300.0)] == [8, 1, 1]
    assert rows_of_audio(10.0, CUDA) > rows_of_audio(10.0, CPU)
