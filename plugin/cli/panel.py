"""``cuefinder panel``: the window, as a process of its own, since the engine knows no Qt."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from plugin.errors import InputError
from plugin.paths import data_dir

NAME = "panel"
HELP = "open the panel: a window to suggest, listen and index"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument(
        "--demo",
        nargs="?",
        type=Path,
        const=data_dir() / "demo",
        metavar="DIR",
        help="make a demo library and timeline in a folder (default: beside the library), and show them",
    )


def run(args: argparse.Namespace) -> int:
    """Open the panel and wait until it is closed."""
    if args.json:
        raise InputError("--json: the panel prints nothing; use 'cuefinder suggest --json'")
    command = [sys.executable, "-P", "-m", "gui"]
    if args.device != "auto":  # else the settings decide
        command += ["--device", args.device]
    for option in ("library", "pack", "demo"):
        path: Path | None = getattr(args, option)
        if path is not None:
            command += [f"--{option}", os.fspath(path)]
    # -P: a folder "gui" where the user happens to stand is not ours; ours lies beside this package.
    ours = os.fspath(Path(__file__).resolve().parents[2])
    search = os.pathsep.join(filter(None, [ours, os.environ.get("PYTHONPATH")]))
    return subprocess.run(command, env=os.environ | {"PYTHONPATH": search}, check=False).returncode
