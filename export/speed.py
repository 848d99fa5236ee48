"""How fast and how large each graph of a pack is, on one CPU thread, for the model card.

python -m export.speed --pack models/packs/core --out .cache/core/graphs.json
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from plugin.pack import Pack
from plugin.runtime.captioner import CaptionWriter
from plugin.runtime.session import Graph

SEGMENTS = 6
"""Segments in a batch: a minute of music."""


def median_seconds(work: Callable[[], object], times: int = 9) -> float:
    """Median duration in seconds of `work`, after one run to warm up."""
    work()
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)


def measure(pack: Pack) -> dict[str, dict[str, Any]]:
    """Give bytes of every file, and speed by graph: times real time for audio and video, milliseconds for text."""
    rng = np.random.default_rng(0)
    graphs = {name: Graph(pack.file(f"{name}.onnx"), "cpu", threads=1) for name in pack.manifest["graphs"]}
    rate, seconds = pack.manifest["rate"], pack.manifest["segment_seconds"]
    audio = (rng.standard_normal((SEGMENTS, int(rate * seconds))) * 0.1).astype(np.float32)
    video = pack.manifest["video"]
    frames = rng.integers(0, 255, (2, video["frames"], video["height"], video["width"], 3), np.uint8)
    ids = rng.integers(3, 200, (1, 12)).astype(np.int64)
    files = pack.manifest["files"]
    out: dict[str, dict[str, Any]] = {name: {"bytes": entry["bytes"]} for name, entry in files.items()}
    for name in ("music", "rhythm"):
        taken = median_seconds(lambda graph=graphs[name]: graph(audio=audio))
        out[f"{name}.onnx"]["times_real_time_one_thread"] = round(SEGMENTS * seconds / taken)
    taken = median_seconds(lambda: graphs["video"](frames=frames))
    out["video.onnx"]["times_real_time_one_thread"] = round(len(frames) * seconds / taken)
    out["text.onnx"]["milliseconds"] = round(median_seconds(lambda: graphs["text"](ids=ids)) * 1e3, 2)
    _, tags, sequence = graphs["music"](audio=audio[:1])
    writer = CaptionWriter(graphs["caption_encoder"], graphs["caption_decoder"], None, pack.vocabulary(),
                           pack.manifest["caption"])  # fmt: skip
    lyrics = np.zeros((1, 0, pack.manifest["text"]["width"]), np.float32)
    for beams in (1, 8):
        taken = median_seconds(lambda n=beams: writer.tokens(sequence, tags[0], lyrics, beams=n), times=5)
        out["caption_decoder.onnx"][f"milliseconds_a_caption_{beams}_beams"] = round(taken * 1e3, 1)
    return out


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pack", type=Path, default=Path("models/packs/core"))
    parser.add_argument("--out", type=Path, default=Path(".cache/core/graphs.json"))
    options = parser.parse_args()
    found = measure(Pack(options.pack))
    options.out.write_text(json.dumps(found, indent=1), encoding="utf-8")
    for name, numbers in found.items():
        print(name, ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in numbers.items()))


if __name__ == "__main__":
    main()
