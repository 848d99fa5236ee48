"""On a real card: the same answers as the CPU, and no work lost where its memory is full or it goes away."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from plugin.errors import DeviceError
from plugin.pack import Pack
from plugin.paths import pack_dir
from plugin.runtime.captioner import CaptionWriter
from plugin.runtime.device import CUDA
from plugin.runtime.engine import Engine
from plugin.runtime.session import Graph

PACK = Pack(pack_dir())
ROOT = Path(__file__).resolve().parents[3]
SPARE = 2 << 20
"""Bytes of the card's memory that are left where it is to be full."""
MEMORIES = [1 << power for power in range(33, 24, -1)]
"""Bytes of the card's memory that are left, ever fewer, until not all rows fit."""


def why_none() -> str:
    """Say why there is no card here; empty where there is one."""
    try:
        Graph(PACK.file("text.onnx"), "cuda")
    except DeviceError as error:
        return str(error)
    return ""


pytestmark = pytest.mark.skipif(bool(why_none()), reason=why_none() or "never")


def examples(name: str) -> dict[str, np.ndarray]:
    """Inputs of a graph that are no silence."""
    rng = np.random.default_rng(0)
    if name == "text":
        return {"ids": rng.integers(3, 200, (5, 9)).astype(np.int64)}
    if name == "video":
        shape = PACK.manifest["video"]
        return {"frames": rng.integers(0, 255, (2, shape["frames"], shape["height"], shape["width"], 3), np.uint8)}
    rate, seconds = PACK.manifest["rate"], PACK.manifest["segment_seconds"]
    time = np.arange(round(rate * seconds)) / rate
    chords = [sum(np.sin(2 * np.pi * pitch * time) for pitch in (root, 1.26 * root, 1.5 * root)) for root in (110, 220)]
    noise = rng.standard_normal((2, len(time))) * np.exp(-8 * (time % 0.5))
    return {"audio": np.concatenate([chords, noise]).astype(np.float32) * 0.1}


def furthest(found: list[np.ndarray], wanted: list[np.ndarray]) -> float:
    """Largest difference, in parts of the range of what is wanted."""
    return max(float(np.abs(a - b).max() / np.ptp(b)) for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("name", ["music", "rhythm", "text", "video"])
def test_a_graph_gives_what_the_cpu_gives(name: str) -> None:
    path, inputs = PACK.file(f"{name}.onnx"), examples(name)
    graph = Graph(path, "cuda")
    assert furthest(graph(**inputs), Graph(path, "cpu")(**inputs)) < 1e-3
    assert str(graph.placement) == "CUDA"


@pytest.mark.parametrize("beams", [1, 5])
def test_captions_are_those_of_the_cpu_token_for_token(beams: int) -> None:
    _, tags, sequence = Graph(PACK.file("music.onnx"), "cpu")(**examples("music"))
    width = PACK.manifest["text"]["width"]
    lyrics = np.random.default_rng(1).standard_normal((1, 4, width)).astype(np.float32)

    def written(device: str, lyrics: np.ndarray) -> list[list[int]]:
        graphs = [Graph(PACK.file(f"caption_{part}.onnx"), device) for part in ("encoder", "decoder")]
        writer = CaptionWriter(*graphs, None, PACK.vocabulary(), PACK.manifest["caption"])
        return [writer.tokens(sequence[i : i + 2], tags[i], lyrics, beams=beams) for i in range(len(tags))]

    for words in (lyrics, lyrics[:, :0]):
        assert written("cuda", words) == written("cpu", words)


def test_many_threads_get_their_own_answers() -> None:
    graph, right = Graph(PACK.file("text.onnx"), "cuda"), Graph(PACK.file("text.onnx"), "cpu")
    ids = [np.full((1, 3 + i % 4), 3 + i, np.int64) for i in range(64)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda each: graph(ids=each), ids))
    assert all(furthest(a, right(ids=each)) < 1e-3 for a, each in zip(found, ids, strict=True))


def test_the_engine_says_where_its_graphs_run() -> None:
    engine = Engine(device="cuda", parts={})
    engine.load()
    assert {str(placement) for placement in engine.placements.values()} == {"CUDA"} and engine.provider == CUDA


class Hog:
    """Other programs that hold the card's memory."""

    def __init__(self) -> None:
        self._held: list[torch.Tensor] = []

    def leave(self, spare: int) -> None:
        """Take all memory but so many bytes."""
        size = 1 << 34
        while size >= 1 << 20:
            free, _ = torch.cuda.mem_get_info()
            if free - size < spare:
                size //= 2
                continue
            try:
                self._held.append(torch.empty(size, dtype=torch.uint8, device="cuda"))
            except torch.OutOfMemoryError:
                size //= 2

    def go(self) -> None:
        """Give all of it back."""
        self._held.clear()
        torch.cuda.empty_cache()


@pytest.fixture
def hog() -> Iterator[Hog]:
    if not torch.cuda.is_available():
        pytest.skip("this torch has no CUDA, so that nothing can fill the card")
    made = Hog()
    yield made
    made.go()


def test_rows_that_do_not_fit_go_in_parts(hog: Hog) -> None:
    audio = np.tile(examples("music")["audio"], (96, 1))
    few = Graph(PACK.file("music.onnx"), "cpu")(audio=audio[:1])
    for spare in MEMORIES:
        hog.leave(spare)
        graph = Graph(PACK.file("music.onnx"), "cuda")
        found = graph.rows(len(audio), audio=audio)
        assert [len(each) for each in found] == [len(audio)] * len(found)
        assert furthest([each[:1] for each in found], few) < 1e-3
        if graph._fitting < len(audio):
            break
    assert str(graph.placement) == "CUDA", graph.placement
    assert graph._fitting < len(audio)


def test_a_card_that_is_full_leaves_the_work_to_the_cpu(hog: Hog) -> None:
    audio = np.tile(examples("music")["audio"], (8, 1))
    graph = Graph(PACK.file("music.onnx"), "cuda")
    right = Graph(PACK.file("music.onnx"), "cpu").rows(8, audio=audio)
    hog.leave(SPARE)
    assert furthest(graph.rows(len(audio), audio=audio), right) < 1e-3
    assert str(graph.placement).startswith("CPU: CUDA failed while it ran: "), graph.placement


LOST = """
import sys
import numpy as np, torch
from plugin.pack import Pack
from plugin.paths import pack_dir
from plugin.runtime.captioner import CaptionWriter
from plugin.runtime.session import Graph

pack, ids = Pack(pack_dir()), np.arange(3, 27).reshape(8, 3)
graph = Graph(pack.file("text.onnx"), "cuda")
graphs = [Graph(pack.file(f"caption_{part}.onnx"), "cuda") for part in ("encoder", "decoder")]
writer = CaptionWriter(*graphs, None, pack.vocabulary(), pack.manifest["caption"])
settings, rng = pack.manifest["caption"], np.random.default_rng(0)
sequence = rng.standard_normal((1, 20, 256)).astype(np.float32)
tags = np.full(len(pack.vocabulary().tags), 0.5, np.float32)
lyrics = np.zeros((1, 0, pack.manifest["text"]["width"]), np.float32)
before, caption = graph(ids=ids), writer.tokens(sequence, tags, lyrics, beams=5)
assert {str(each.placement) for each in (graph, *graphs)} == {"CUDA"}
try:  # an index beyond the end makes every later call to this card fail, as where it is lost
    torch.zeros(4, device="cuda")[torch.full((4,), 99, device="cuda")].cpu()
    sys.exit("the card is still there")
except RuntimeError:
    pass
after = graph(ids=ids)
assert all(np.abs(a - b).max() < 1e-3 * np.ptp(b) for a, b in zip(after, before))
assert writer.tokens(sequence, tags, lyrics, beams=5) == caption
for each in (graph, *graphs):
    assert str(each.placement).startswith("CPU: CUDA failed while it ran: "), each.placement
print("it goes on:", graph.placement, flush=True)
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)


def test_a_card_that_is_lost_leaves_the_work_to_the_cpu() -> None:
    if not torch.cuda.is_available():
        pytest.skip("this torch has no CUDA, so that nothing can make the card fail")
    done = run(LOST)
    assert "it goes on: CPU: CUDA failed while it ran" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0, (done.returncode, done.stderr)


WITHOUT_LIBRARIES = """
import onnxruntime
onnxruntime.preload_dlls = lambda: None
from plugin.paths import pack_dir
from plugin.runtime.session import Graph
print(Graph(pack_dir() / "text.onnx", "auto").placement)
"""


def test_a_library_that_is_missing_is_named() -> None:
    """Where the system has them all in its own folders, CUDA starts without those that pip installed."""
    done = run(WITHOUT_LIBRARIES)
    assert done.returncode == 0, done.stderr
    told = done.stdout.strip()
    assert told == "CUDA" or (told.startswith("CPU: CUDA did not start: lib") and "cuefinder[cuda]" in told), told
