"""A decoder's state between its steps, held by ONNX Runtime or as arrays: the same in both."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
import pytest

from plugin.errors import PackError
from plugin.paths import pack_dir
from plugin.runtime.gathering import gather_model
from plugin.runtime.graphs import Graphs
from plugin.runtime.session import Graph
from plugin.runtime.steps import Steps

DECODER = pack_dir() / "caption_decoder.onnx"
SETTINGS = {
    "memory": {"cross_keys": 1, "cross_values": 1, "cross_mask": 0}, "outputs": ["logits", "keys", "values"],
    "state": [
        {"past": f"past_{each}", "next": each, "axis": 1, "shape": [3, -1, 4, 0, 48]} for each in ("keys", "values")
    ],
}  # fmt: skip


def memory(examples: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(examples)
    cross = rng.standard_normal((2, 3, examples, 4, 30, 48)).astype(np.float32)
    return {"cross_keys": cross[0], "cross_values": cross[1], "cross_mask": np.zeros((examples, 1, 1, 30), np.float32)}


@pytest.mark.parametrize("broadcasts", [False, True])
@pytest.mark.parametrize("examples", [1, 3])
def test_values_of_the_runtime_are_those_of_arrays(examples, broadcasts) -> None:
    graph, own = Graph(DECODER, "cpu", 1), SETTINGS | {"broadcasts": broadcasts}
    bound, plain = Steps(graph, own), Steps(lambda **inputs: graph(**inputs), SETTINGS)
    assert bound.start(memory(examples)) == plain.start(memory(examples)) == examples
    rng, rows = np.random.default_rng(0), examples
    for _ in range(6):
        ids = rng.integers(3, 200, (rows, 1))
        one, other = bound.step(ids), plain.step(ids)
        assert one.shape[0] == rows and np.array_equal(one, other)
        kept = np.sort(rng.integers(0, rows, rows + 1))[::-1].copy()
        bound.select(kept)
        plain.select(kept)
        rows += 1


def test_a_row_goes_on_as_if_it_were_alone() -> None:
    graph = Graph(DECODER, "cpu", 1)
    together, alone = Steps(graph, SETTINGS), Steps(graph, SETTINGS)
    whole = memory(3)
    together.start(whole)
    alone.start({name: value.take([2], axis=SETTINGS["memory"][name]) for name, value in whole.items()})
    together.step(np.array([[5], [6], [7]]))
    alone.step(np.array([[7]]))
    together.select(np.array([2, 0]))
    assert np.allclose(together.step(np.array([[9], [9]]))[0], alone.step(np.array([[9]]))[0], atol=1e-4)


def test_rows_are_picked_along_each_axis() -> None:
    rng = np.random.default_rng(1)
    first, second = rng.standard_normal((3, 4, 2), np.float32), rng.standard_normal((5, 200), np.float32)
    session = onnxruntime.InferenceSession(gather_model([(3, 1), (2, 0)]), providers=["CPUExecutionProvider"])
    rows = np.array([3, 0, 0])
    found = session.run(None, {"rows": rows, "in0": first, "in1": second})
    assert np.array_equal(found[0], first[:, rows]) and np.array_equal(found[1], second[rows])


def test_the_model_that_picks_rows_is_sound() -> None:
    onnx = pytest.importorskip("onnx")
    onnx.checker.check_model(onnx.ModelProto.FromString(gather_model([(5, 1), (130, 129)])), full_check=False)


def test_a_graph_is_opened_once_whoever_asks() -> None:
    opened: list[str] = []
    waiting = threading.Barrier(8)

    def opener(name: str) -> Graph:
        opened.append(name)
        return Graph(pack_dir() / f"{name}.onnx", "cpu", 1)

    def ask(name: str) -> Graph:
        waiting.wait()
        return graphs[name]

    graphs = Graphs(opener)
    assert graphs.placements == {}
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, ["text", "rhythm"] * 4))
    assert sorted(opened) == ["rhythm", "text"] and len(set(map(id, found))) == 2
    assert {name: str(placement) for name, placement in graphs.placements.items()} == {
        "text": "CPU: asked for", "rhythm": "CPU: asked for",
    }  # fmt: skip


def test_a_graph_that_could_not_be_opened_is_tried_again() -> None:
    answers = iter([PackError("damaged")])

    def opener(name: str) -> Graph:
        for error in answers:
            raise error
        return Graph(pack_dir() / f"{name}.onnx", "cpu", 1)

    graphs = Graphs(opener)
    with pytest.raises(PackError):
        graphs["text"]
    assert graphs["text"].placement.device == "CPU"
