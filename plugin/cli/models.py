"""``cuefinder models``: install models from published checkpoints, and choose which are in use."""

from __future__ import annotations

import argparse
import os

from plugin.cli.support.installing import add_install_arguments, install
from plugin.cli.support.models import cells, say
from plugin.cli.support.options import add_common_arguments
from plugin.cli.support.output import print_json, table, wrapped
from plugin.cli.support.switching import add_use_arguments, use, warn_of_strangers
from plugin.errors import CuefinderError, printable

NAME = "models"
HELP = "list, install, remove models, and choose which are in use"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list what can be installed, what is, and what is in use")
    listing.set_defaults(action=_list)
    installing = actions.add_parser("install", help="install a model from the hub, a file or a folder")
    add_install_arguments(installing)
    installing.set_defaults(action=install)
    removing = actions.add_parser("remove", help="remove an installed model from the disk")
    removing.add_argument("name", metavar="NAME")
    removing.add_argument("--force", action="store_true", help="also one in use: the core pack does its work again")
    removing.set_defaults(action=_remove)
    using = actions.add_parser("use", help="put a model into use, or the core pack again")
    add_use_arguments(using)
    using.set_defaults(action=use)
    path = actions.add_parser("path", help="say where models are installed")
    path.add_argument("name", nargs="?", metavar="NAME", help="an installed model; all of them without")
    path.set_defaults(action=_path)
    for action in (listing, installing, removing, using, path):
        add_common_arguments(action)


def run(args: argparse.Namespace) -> int:
    """Do the action."""
    try:
        status: int = args.action(args)
    except BrokenPipeError:  # the reader of what is printed
        raise
    except OSError as error:
        where = f"{printable(error.filename)}: " if isinstance(error.filename, str) else ""
        raise CuefinderError(f"{where}{error.strerror or error}") from error
    return status


def _list(args: argparse.Namespace) -> int:
    from plugin.parts.listing import list_models

    found = list_models()
    if args.json:
        print_json({"models": [row.as_dict() for row in found.rows], "problems": found.problems})
        return 0
    header = ("model", "role", "state", "size", "licence", "what for")
    print("\n".join(table([cells(row) for row in found.rows], header=header, right=(3,))))
    for problem in found.problems:
        print("\n".join(wrapped(f"problem: {problem}")))
    return 0


def _remove(args: argparse.Namespace) -> int:
    from plugin.parts.installed import remove

    roles = remove(args.name, force=args.force)
    line = f"{args.name}: removed"
    if roles:
        line += f"; the core pack is used for {', '.join(roles)}"
        warn_of_strangers(args)
    say(args, {"removed": args.name, "core_for": roles}, line)
    return 0


def _path(args: argparse.Namespace) -> int:
    from plugin.parts.choice import installed_part
    from plugin.paths import parts_dir

    folder = parts_dir() if args.name is None else installed_part(args.name).folder
    say(args, {"path": os.fspath(folder)}, folder)
    return 0
