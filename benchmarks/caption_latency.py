"""How long a caption takes, from sound to tokens: ONNX Runtime against the same network in torch and in torch.compile.

Two networks: the shipped captioner with its weights, which writes one clip after the other, and an ALCAP of weights at
random, made and exported here, which takes all clips and beams in one call. Greedy and 5 beams, 1 clip and 32 clips of
10 s, one thread. All run the same search, and must write the same tokens before anything is measured. Printed are the
50th and 95th percentile of the seconds, and the ratio of ours to each peer; 1 and less is the goal, and 1 s for a clip
on one core. The first two steps of a caption are not compiled: torch makes a program of its own for each. On CUDA too,
where ONNX Runtime and torch both have it; there 0.1 s for a clip is the goal, and ALCAP is also measured in float16,
with how many of its captions are those of float32.

Run: ``python benchmarks/caption_latency.py``; ``--paper`` takes ALCAP in the paper's sizes and needs far longer.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.support.caption_networks import PAPER, SECONDS, SMALL, Network, alcap, core
from benchmarks.support.ratios import keep
from benchmarks.support.turns import in_turns, machine
from plugin.errors import DeviceError
from plugin.paths import pack_dir
from plugin.runtime.session import Graph
from plugin.synth.arranger import arrange
from plugin.synth.render import render

RATE = 16_000
STYLES = ("piano_ballad", "techno", "orchestral_epic", "folk_guitar")
CLIPS = 32
BEAMS = 5
COMPILE = "torch.compile"
GOALS = {"cpu": 1.0, "cuda": 0.1}
"""Seconds for one clip."""


def clips() -> np.ndarray:
    """Render clips, float32 [CLIPS, N]."""
    seconds = SECONDS * CLIPS / len(STYLES)
    pieces = [render(arrange(style, 0, seconds), rate=RATE).mean(axis=0) for style in STYLES]
    size = round(SECONDS * RATE)
    windows = [piece[: size * (len(piece) // size)].reshape(-1, size) for piece in pieces]
    return np.concatenate(windows).astype(np.float32)[:CLIPS]


def why_no_cuda() -> str:
    """Say why nothing is measured on CUDA; empty where it can be."""
    if not torch.cuda.is_available():
        return "torch has none here"
    try:
        Graph(pack_dir() / "text.onnx", "cuda")
    except DeviceError as error:
        return str(error)
    return ""


def compare(network: Network, turns: int, device: str) -> None:
    print(f"\n{network.title}")
    print(f"{'':22} {'runtime':14} {'p50 s':>8} {'p95 s':>8} {'ours / it':>10}")
    ours = next(iter(network.runtimes))
    for count in (1, CLIPS):
        for beams in (1, BEAMS):
            what = f"{count} clips, {beams} beams" if beams > 1 else f"{count} clips, greedy"
            wanted = network.runtimes[ours](count, beams)
            for name, captions in network.runtimes.items():
                found = captions(count, beams)  # compiles as well
                same = sum(a == b for a, b in zip(found, wanted, strict=True))
                if name in network.loose:
                    print(f"{what:22} {name:14} {same} of {count} captions as in float32")
                elif same < count:
                    raise SystemExit(f"{network.title}, {what}: {name} writes other tokens than {ours}")
            works = {name: partial(captions, count, beams) for name, captions in network.runtimes.items()}
            spent = in_turns(turns if count == 1 else max(3, turns // 7), works)
            walls = {name: np.array([each.wall for each in values]) for name, values in spent.items()}
            for name, seconds in walls.items():
                ratio = np.median(walls[ours]) / np.median(seconds)
                told = "" if name == ours else f"{ratio:10.2f}"
                if name != ours:
                    kept = f"{network.title}, {what}, ours / {name}{', CUDA' if device == 'cuda' else ''}"
                    keep(kept, walls[ours] / seconds, "lower")
                print(f"{what:22} {name:14} {np.median(seconds):8.4f} {np.percentile(seconds, 95):8.4f} {told}",
                      flush=True)  # fmt: skip
            if count == 1:
                goal = GOALS[device]
                print(f"{'':22} of {goal:g} s a clip: {np.median(walls[ours]) / goal:.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--paper", action="store_true", help="ALCAP in the paper's sizes")
    parser.add_argument("--device", choices=tuple(GOALS), help="only this one")
    parser.add_argument("--turns", type=int, default=21)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.backends.cudnn.allow_tf32 = False  # the same precision for all
    print(f"{machine()}, torch {torch.__version__}")
    if shutil.which("g++") is None and shutil.which("clang++") is None:
        raise SystemExit("torch.compile needs a C++ compiler: install g++")
    sounds, missing = clips(), why_no_cuda()
    for device in (args.device,) if args.device else GOALS:
        if device == "cuda" and missing:
            continue
        print(f"\n== {torch.cuda.get_device_name() if device == 'cuda' else device}")
        compare(core(sounds, device), args.turns, device)
        with tempfile.TemporaryDirectory() as folder:
            compare(alcap(sounds, device, Path(folder), PAPER if args.paper else SMALL), args.turns, device)
    if missing and args.device != "cpu":
        print(f"\nCUDA: not run ({missing})")


if __name__ == "__main__":
    main()
