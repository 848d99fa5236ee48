"""``cuefinder``: finds the commands, runs one, and turns errors into one line and an exit status.

A command is a module beside this one with ``NAME``, ``HELP``, ``add_arguments(parser)`` and ``run(args)``,
which gives the exit status: 0 done, 1 failed, 2 bad input, 130 interrupted. Its heavy imports stay inside
``run``, so that the help of all commands comes at once.
"""

from __future__ import annotations

import argparse
import io
import os
import pkgutil
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from types import ModuleType, TracebackType

import plugin
from host_bridge.errors import BridgeError
from plugin import cli
from plugin.cli.support.options import add_common_arguments
from plugin.errors import CuefinderError

INTERRUPTED = 130
BROKEN_PIPE = 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; gives the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # titles may hold what the terminal cannot show
    debug = "--debug" in (sys.argv[1:] if argv is None else argv)
    if not debug:
        sys.excepthook = _say_unexpected
    try:
        args = build_parser().parse_args(argv)
        run: Callable[[argparse.Namespace], int] = args.run
        status = run(args)
        sys.stdout.flush()
        return status
    except (CuefinderError, BridgeError) as error:
        if debug:
            traceback.print_exc()
        print(f"cuefinder: error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("cuefinder: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as "head", has seen enough; spare it Python's own complaint
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE


def build_parser() -> argparse.ArgumentParser:
    """Make the parser of all commands."""
    parser = argparse.ArgumentParser(
        prog="cuefinder", description="Finds the music for a clip in your own library, offline."
    )
    parser.add_argument("--version", action="version", version=f"cuefinder {plugin.__version__}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for command in commands():
        subparser = subparsers.add_parser(command.NAME, help=command.HELP, description=command.HELP)
        command.add_arguments(subparser)
        add_common_arguments(subparser)
        subparser.set_defaults(run=command.run)
    return parser


def commands() -> Iterator[ModuleType]:
    """Import the command modules, in the order of their names."""
    for module in sorted(pkgutil.iter_modules(cli.__path__), key=lambda module: module.name):
        if not module.ispkg and module.name != "main":
            yield import_module(f"{cli.__name__}.{module.name}")


def _say_unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Replace the traceback of a fault of ours by one line; ``--debug`` shows it."""
    text = " ".join(str(error).split())
    print(f"cuefinder: internal error: {kind.__name__}: {text} (--debug shows where)", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
