"""``cuefinder doctor``: what is installed, what is in use, and what is wrong."""

from __future__ import annotations

import argparse

from plugin.cli.support.options import library_file
from plugin.cli.support.output import fields, print_json
from plugin.errors import CuefinderError

NAME = "doctor"
HELP = "check versions, model pack, device, library and codecs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments: none but the common ones."""


def run(args: argparse.Namespace) -> int:
    """Check; the exit status is 1 where something is wrong."""
    from plugin.doctor import examine

    report = examine(library_file(args), args.pack, args.device)
    if args.json:
        print_json(report.sections | {"problems": report.problems})
    else:
        for section, rows in report.rows():
            print(section)
            print("\n".join(fields(rows, indent=2)))
        for problem in report.problems:
            print(f"problem: {problem}")
        print(report.verdict)
    return CuefinderError.exit_code if report.problems else 0
