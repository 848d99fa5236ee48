"""``cuefinder models install``: what is asked before, and what is shown meanwhile."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from plugin.cli.support.models import MEGA, say
from plugin.cli.support.output import fields
from plugin.cli.support.switching import warn_of_strangers
from plugin.errors import InputError, printable


def add_install_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("name", metavar="NAME", help="of 'cuefinder models list', or your own name with --from")
    where = "repository on the hub, file of a checkpoint, folder of a checkpoint or of a pack"
    parser.add_argument("--from", dest="source", default="", metavar="WHERE", help=where)
    parser.add_argument("--accept-licence", action="store_true", help="do not ask whether you accept the licence")
    parser.add_argument("--offline", action="store_true", help="use what was fetched before, and no network")


def install(args: argparse.Namespace) -> int:
    """Show what will be installed, ask, and install it."""
    from plugin.parts.catalogue import catalogue
    from plugin.parts.installed import check_name, chosen_or_none, install_folder
    from plugin.parts.installing import install_command, run_install

    name, entry = check_name(args.name), catalogue().get(args.name)
    source = Path(args.source).expanduser() if args.source else None
    if entry is None and source is None:
        raise InputError(f"{name}: not in the catalogue ('cuefinder models list'); say where it is with --from")
    if entry is not None and not entry.source and source is None:
        raise InputError(f"{name}: is not fetched from anywhere; {entry.how}")
    is_pack = source is not None and (source / "manifest.json").is_file()
    _show(args, is_pack)
    _ask(args)
    if is_pack and source is not None:
        part = install_folder(source, name)
    else:
        where = args.source if source is None or not source.exists() else os.fspath(source.resolve())
        part = run_install(install_command(name, source=where, offline=args.offline), _tell)
    if part.name in chosen_or_none().values():
        warn_of_strangers(args)
    values = {"installed": part.name, "role": part.role, "path": os.fspath(part.folder), "bytes": part.bytes}
    say(args, values, f"{part.name}: installed for {part.role} ({part.bytes / MEGA:.1f} MB); put it into use with"
                      f" 'cuefinder models use {part.name}'")  # fmt: skip
    return 0


def _show(args: argparse.Namespace, is_pack: bool) -> None:
    """Say on stderr what is about to be installed."""
    from plugin.parts.catalogue import catalogue
    from plugin.parts.part import Part

    entry = catalogue().get(args.name)
    lines: list[tuple[str, object]] = [("model", args.name)]
    if is_pack:
        part = Part(Path(args.source).expanduser())
        lines += [("role", part.role), ("from", args.source), ("licence", part.licence),
                  ("size", f"{part.bytes / MEGA:.1f} MB")]  # fmt: skip
    else:
        lines += [("from", args.source or (entry.source if entry is not None else ""))]
        if entry is not None:
            lines += [("role", entry.role), ("licence", entry.licence), ("page", entry.url)]
            lines += [("download", f"{entry.bytes / MEGA:.0f} MB")] if entry.bytes and not args.source else []
        else:
            lines += [("licence", "not known here: see the model's page")]
    print("\n".join(fields(lines)), file=sys.stderr)


def _ask(args: argparse.Namespace) -> None:
    if args.accept_licence:
        return
    if not sys.stdin.isatty():
        raise InputError(
            f"{args.name}: its licence must be accepted; read it, then give --accept-licence (nobody can be asked here)"
        )
    print("Install it under this licence? [y/N] ", end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise InputError(f"{args.name}: not installed, for its licence was not accepted")


def _tell(line: str) -> None:
    print(f"  {printable(line)}", file=sys.stderr, flush=True)
