"""What `cuefinder-train viml --pairs` takes, checked before torch is imported."""

from __future__ import annotations

import argparse

from models.errors import ConfigError

MINUTES = 10.0
_OWN = ("minutes", "seed", "pack")
_SHARED = ("system", "pairs", "out", "cache", "no_progress", "debug")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of training on one's own videos."""
    group = parser.add_argument_group(
        "your own videos", "cuefinder-train viml --pairs FOLDER --out DIR; then python -m export.pairs makes a pack"
    )
    group.add_argument(
        "--pairs", metavar="FOLDER", help="videos with their music, from which the core pack's video encoder learns"
    )
    group.add_argument("--minutes", type=float, help=f"longest time of learning (default: {MINUTES:g})")
    group.add_argument("--seed", type=int, help="decides which videos are held out and all that is random (default: 0)")
    group.add_argument("--pack", metavar="DIR", help="pack to start from (default: the shipped one)")


def given(options: argparse.Namespace) -> bool:
    """Tell whether it is the user's own videos that are to be learnt from.

    Raises
    ------
    ConfigError
        Options that do not go together, or a value that makes no sense.
    """
    if options.pairs is None:
        stray = [name for name in _OWN if getattr(options, name) is not None]
        if stray:
            raise ConfigError(f"--{stray[0]} goes with --pairs FOLDER only")
        return False
    if options.system != "viml" or not options.out:
        raise ConfigError("--pairs is used as in: cuefinder-train viml --pairs FOLDER --out DIR")
    unset = (None, False, 0, [], "auto", "cpu")
    others = [
        name for name, value in vars(options).items() if name not in (*_OWN, *_SHARED) and value not in unset
    ]  # fmt: skip
    if others:
        raise ConfigError(f"--{others[0].replace('_', '-')} does not go with --pairs")
    if options.minutes is not None and not 0 < options.minutes < float("inf"):
        raise ConfigError(f"--minutes {options.minutes:g}: give more than 0")
    return True
