"""Train everything in the core pack, step by step; a step that is done is not done again.

    python -m models.train_core --data ../shared/data --recordings DIR --work .cache/core
    python -m export.core --work .cache/core --out models/packs/core

Some three hours on two cores (see docs/training.md). Stop it at any time; the same command goes on where it was.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from models.data.footage import make_scenes
from models.training import captioner, corpus, finish, music, text, video

MINUTES = {"text": 62.0, "music": 36.0, "video": 10.0, "captioner": 22.0}


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of teachers, captions, MIDI, audio and video")
    parser.add_argument("--recordings", type=Path, nargs="*", default=[], help="folders of further OGG music")
    parser.add_argument("--work", type=Path, default=Path(".cache/core"), help="features and checkpoints")
    parser.add_argument("--per-style", type=int, default=14, help="arrangements of each style")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on all training times")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    data, work, scale = options.data, options.work, options.scale
    work.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(options.threads)
    corpus.make_corpus(data, work, options.recordings, per_style=options.per_style, processes=options.threads)
    make_scenes(data, work)
    text.train(data, work, minutes=MINUTES["text"] * scale)
    music.train(work, minutes=MINUTES["music"] * scale)
    video.train(work, minutes=MINUTES["video"] * scale)
    captioner.train(data, work, captioner.hear(work), minutes=MINUTES["captioner"] * scale)
    finish.finish(data, work)


if __name__ == "__main__":
    main()
