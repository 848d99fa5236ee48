"""Options that every command takes, and what they open."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from plugin.library.store import Library
    from plugin.runtime.engine import Engine


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of all commands."""
    group = parser.add_argument_group("common options")
    group.add_argument("--json", action="store_true", help="print one JSON object for machines")
    group.add_argument("--library", type=Path, metavar="FILE", help="library to use (default: your own)")
    group.add_argument("--pack", type=Path, metavar="DIR", help="model pack to use (default: the shipped one)")
    group.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto", help="where the models run (default: auto)"
    )
    group.add_argument("--debug", action="store_true", help="show the traceback of an error")


def library_file(args: argparse.Namespace) -> Path:
    """Give the file of the library that the options name."""
    from plugin.paths import library_path

    return args.library or library_path()


def open_library(args: argparse.Namespace, *, writable: bool = False) -> Library:
    """Open the library that the options name."""
    from plugin.library.store import Library

    return Library(library_file(args), writable=writable)


def open_engine(args: argparse.Namespace) -> Engine:
    """Open the pack that the options name, or the models in use; they load when they are used.

    What is in use and cannot be used is told on stderr: the core pack does its work.
    """
    from plugin.runtime.engine import Engine

    engine = Engine(args.pack, device=args.device)
    for problem in engine.problems:
        print(f"cuefinder: note: {problem}", file=sys.stderr)
    return engine
