"""Train everything in the core pack, step by step; a step that is done is not done again.

    python -m models.train_core --data ../shared/data --recordings DIR --work .cache/core
    python -m export.core --work .cache/core --out models/packs/core

A night on two cores is plenty (see docs/training.md). Stop it at any time; the same command goes on where it was.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch

from models.data.footage import SCENES, make_scenes
from models.data.items import plan
from models.trainer import devices
from models.training import captioner, corpus, finish, music, text, video
from plugin.errors import CuefinderError

MINUTES = {"text": 62.0, "music": 100.0, "video": 20.0, "captioner": 30.0}
STEPS = ("sounds", "hear", "scenes", "text", "music", "video", "captioner", "finish")


def make_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of teachers, captions, MIDI, audio and video")
    parser.add_argument("--recordings", type=Path, nargs="*", default=[], help="folders of further music")
    parser.add_argument("--work", type=Path, default=Path(".cache/core"), help="features and checkpoints")
    parser.add_argument(
        "--device", default="auto", help="what the networks learn on: auto (default), cpu, cuda, cuda:N"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="factor on all training times")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[], choices=STEPS, metavar="STEP", help="of " + " ".join(STEPS))
    size = parser.add_argument_group("how much to learn from")
    size.add_argument("--per-style", type=int, default=10, help="arrangements of each style")
    size.add_argument("--items", type=int, help="at most so many pieces of music, of all kinds alike")
    size.add_argument("--scenes", type=int, default=SCENES, help="film scenes")
    size.add_argument("--phrases", type=int, default=text.PHRASES, help="phrases for the text encoder")
    return parser


def train(options: argparse.Namespace) -> None:
    """Do the steps.

    Raises
    ------
    CuefinderError
        For all that the user can put right, in one line.
    """
    data, work, minutes = options.data, options.work, {k: v * options.scale for k, v in MINUTES.items()}
    device = devices.choose(options.device)
    print(f"device: {devices.describe(device)}", flush=True)
    work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    items = plan(data, options.recordings, per_style=options.per_style, most=options.items)

    def train_captioner() -> None:
        heard = captioner.hear(work, device)
        captioner.train(data, work, heard, minutes=minutes["captioner"], device=device)

    steps: dict[str, Callable[[], object]] = {
        "sounds": lambda: corpus.make_sounds(items, work, processes=options.threads),
        "hear": lambda: corpus.hear_corpus(data, items, work, processes=options.threads),
        "scenes": lambda: make_scenes(data, work, count=options.scenes),
        "text": lambda: text.train(data, work, minutes=minutes["text"], phrases=options.phrases, device=device),
        "music": lambda: music.train(work, minutes=minutes["music"], device=device),
        "video": lambda: video.train(work, minutes=minutes["video"], device=device),
        "captioner": train_captioner,
        "finish": lambda: finish.finish(data, work),
    }
    for name in STEPS:
        if not options.only or name in options.only:
            steps[name]()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; give the exit status."""
    try:
        train(make_parser().parse_args(arguments))
    except CuefinderError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
