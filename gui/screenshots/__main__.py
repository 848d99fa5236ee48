"""``python -m gui.screenshots``: pictures of all states, light and dark, at 100 % and at 200 %."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from plugin.errors import CuefinderError, InputError, printable

SCALE_VARIABLE = "QT_SCALE_FACTOR"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; gives the exit status."""
    parser = argparse.ArgumentParser(prog="python -m gui.screenshots", description="Take pictures of the panel.")
    parser.add_argument("--out", type=Path, default=Path("docs/images"), metavar="DIR")
    parser.add_argument("--scale", type=int, choices=(1, 2), help="only this scale (default: both)")
    parser.add_argument("--only", nargs="+", metavar="STATE", help="only these states")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.here:
        return _take_pictures(args.out, args.scale, args.only)
    command = [sys.executable, "-m", "gui.screenshots", "--here", "--out", str(args.out)]
    command += ["--only", *args.only] if args.only else []
    for scale in (args.scale,) if args.scale else (1, 2):
        # Qt reads both when it starts, so each scale needs a process.
        environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", SCALE_VARIABLE: str(scale), "LC_ALL": "C.UTF-8"}
        status = subprocess.run([*command, "--scale", str(scale)], env=environment, check=False).returncode
        if status:
            return status
    return 0


def _take_pictures(out: Path, scale: int, only: list[str] | None) -> int:
    from PyQt6.QtWidgets import QApplication

    from gui.screenshots.picture import save_picture
    from gui.screenshots.stage import HEIGHT, WIDTH, settle, staged
    from gui.screenshots.states import STATES
    from gui.theme import Themes

    app = QApplication(sys.argv[:1])
    themes = Themes(app)
    try:
        for name in only or STATES:
            if name not in STATES:
                raise InputError(f"'{name}' is no state: choose of {', '.join(STATES)}")
            with staged() as stage:
                widget = STATES[name](stage)
                widget.resize(WIDTH, HEIGHT)
                widget.show()
                for theme in ("light", "dark"):
                    themes.apply(theme)
                    settle(0.1)
                    settle(0.1)
                    path = out / f"{name}-{theme}{'@2x' if scale == 2 else ''}.png"
                    print(f"{printable(path)}  {save_picture(widget, path) / 1000:.0f} kB", flush=True)
                widget.close()
    except (CuefinderError, OSError) as error:
        print(f"cuefinder: error: {error}", file=sys.stderr)
        return getattr(error, "exit_code", 1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
