"""``python -m gui``: the panel as a process of its own; ``cuefinder panel`` starts it."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence
from pathlib import Path


def main(argv: Sequence[str] | None = None) -> int:
    """Start the panel; gives the exit status."""
    parser = argparse.ArgumentParser(prog="cuefinder panel", description="Open the panel.")
    parser.add_argument("--library", type=Path, metavar="FILE")
    parser.add_argument("--pack", type=Path, metavar="DIR")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"))
    parser.add_argument("--demo", type=Path, metavar="DIR")
    args = parser.parse_args(argv)
    # All that a start makes stays, and to look for garbage in it takes a tenth of the time. `gui.app.settle` ends this.
    gc.disable()
    try:
        # Here, so that decoding processes, which import this module again, start without Qt.
        from gui.app import Start, run
    except ImportError as error:
        print(f"cuefinder: error: the panel cannot start ({error}): install what is missing", file=sys.stderr)
        return 1
    return run(Start(args.library, args.pack, args.device, args.demo))


if __name__ == "__main__":
    sys.exit(main())
