"""``cuefinder models use``: at once where the library stays as it is, else after all tracks were heard again."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from plugin.cli.support.models import say
from plugin.cli.support.options import library_file
from plugin.cli.support.progress import STYLES, ProgressDisplay
from plugin.errors import InputError, printable

if TYPE_CHECKING:
    from plugin.parts.switching import Switch

INTERRUPTED = 130


def add_use_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("name", metavar="NAME", help="an installed model, or 'core' with --role")
    parser.add_argument("--role", metavar="ROLE", help="which work the core pack shall do again")
    parser.add_argument("--now", action="store_true",
                        help="switch at once; tracks are found again when they have been heard anew")  # fmt: skip
    parser.add_argument("--workers", type=int, default=2, help="decoding processes (default: 2)")
    parser.add_argument("--progress", choices=STYLES, default="auto", help="display on stderr; json: one object a line")


def use(args: argparse.Namespace) -> int:
    """Put a model into use."""
    from plugin.parts.switching import plan_switch

    role, name = _wanted(args)
    switch, library = plan_switch(role, name, args.device), library_file(args)
    if switch.dropped is not None:
        _note(f"{switch.dropped.name} reads words for another space and goes out of use")
    strangers = switch.strangers(library)
    if strangers and not args.now:
        if not _hear_again(args, switch, strangers):
            return INTERRUPTED
        strangers = switch.strangers(library)
    switch.make()
    values: dict[str, Any] = {"role": role, "name": args.name, "space": switch.engine.space,
                              "tracks_to_hear_again": strangers}  # fmt: skip
    line = f"{args.name}: in use for {role}"
    if strangers:
        line += f"; {strangers} tracks are not found until 'cuefinder index' has heard them again"
    say(args, values, line)
    return 0


def warn_of_strangers(args: argparse.Namespace) -> None:
    """Say how many tracks the models in use do not know."""
    from plugin.parts.switching import strangers
    from plugin.runtime.engine import Engine

    count = strangers(library_file(args), Engine(device=args.device).space)
    if count:
        _note(f"{count} tracks were heard with other models, and are not found until 'cuefinder library rehear' has"
              " heard them again")  # fmt: skip


def _wanted(args: argparse.Namespace) -> tuple[str, str | None]:
    """Give the role and the part's name; None for the core pack."""
    from plugin.parts.choice import CORE, installed_part

    if args.workers < 1:
        raise InputError(f"--workers {args.workers}: at least one process must decode")
    if args.name != CORE:
        return args.role or installed_part(args.name).role, args.name
    if args.role is None:
        raise InputError("core: say with --role which work it shall do again, such as --role joint")
    return args.role, None


def _hear_again(args: argparse.Namespace, switch: Switch, strangers: int) -> bool:
    """Hear all tracks with the new models; False where that was interrupted."""
    from plugin.library.rehearing import Rehearing

    _note(f"{strangers} tracks must be heard again with {args.name}; until all are, everything stays as it is")
    display, interrupted = ProgressDisplay(args.progress), False
    rehearing = Rehearing(library_file(args), switch.engine, workers=args.workers, on_progress=display)
    try:
        rehearing.run()
        rehearing.adopt()
    except KeyboardInterrupt:
        interrupted = True
    finally:
        display.close()
    for path, reason in (*rehearing.report.failures, *rehearing.report.silent):
        print(f"failed: {printable(path)}: {printable(reason)}", file=sys.stderr)
    if interrupted:
        print("cuefinder: interrupted: what was heard is kept; run the same command again to go on, or with --now"
              " to switch at once", file=sys.stderr)  # fmt: skip
    return not interrupted


def _note(line: str) -> None:
    print(f"cuefinder: note: {line}", file=sys.stderr)
