"""Train everything in the core pack, step by step; a step that is done is not done again.

    python -m models.train_core --data ../shared/data --recordings DIR --work .cache/core
    python -m export.core --work .cache/core --out models/packs/core

A night on two cores is plenty (see docs/training.md). Stop it at any time; the same command goes on where it was.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import torch

from models.data.footage import make_scenes
from models.training import captioner, corpus, finish, music, text, video

MINUTES = {"text": 62.0, "music": 100.0, "video": 20.0, "captioner": 30.0}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of teachers, captions, MIDI, audio and video")
    parser.add_argument("--recordings", type=Path, nargs="*", default=[], help="folders of further music")
    parser.add_argument("--work", type=Path, default=Path(".cache/core"), help="features and checkpoints")
    parser.add_argument("--per-style", type=int, default=10, help="arrangements of each style")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on all training times")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", default=[], help="steps to do: sounds hear scenes text music video "
                        "captioner finish")  # fmt: skip
    options = parser.parse_args()
    data, work, minutes = options.data, options.work, {k: v * options.scale for k, v in MINUTES.items()}
    work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    many = {"per_style": options.per_style, "processes": options.threads}
    steps: dict[str, Callable[[], object]] = {
        "sounds": lambda: corpus.make_sounds(data, work, options.recordings, **many),
        "hear": lambda: corpus.hear_corpus(data, work, options.recordings, **many),
        "scenes": lambda: make_scenes(data, work),
        "text": lambda: text.train(data, work, minutes=minutes["text"]),
        "music": lambda: music.train(work, minutes=minutes["music"]),
        "video": lambda: video.train(work, minutes=minutes["video"]),
        "captioner": lambda: captioner.train(data, work, captioner.hear(work), minutes=minutes["captioner"]),
        "finish": lambda: finish.finish(data, work),
    }
    unknown = set(options.only) - set(steps)
    if unknown:
        parser.error(f"no such step: {', '.join(sorted(unknown))}; the steps are {', '.join(steps)}")
    for name, step in steps.items():
        if not options.only or name in options.only:
            step()


if __name__ == "__main__":
    main()
