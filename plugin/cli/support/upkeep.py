"""``cuefinder library check``, ``repair``, ``backup``, ``restore`` and ``relink``: keeping a library in order."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from plugin.cli.support.options import library_file, open_library
from plugin.cli.support.output import print_json
from plugin.errors import CuefinderError, InputError, printable

SHOWN = 10
"""Lines of a kind that are shown; with ``--json`` all of them."""


def add_upkeep(actions: Any) -> list[argparse.ArgumentParser]:
    """Add the actions; gives their parsers."""
    check = actions.add_parser("check", help="look for damage in the whole library; the status is 1 where there is any")
    check.set_defaults(action=_check)
    repair = actions.add_parser("repair", help="make a sound library of a damaged one, which is kept beside it")
    repair.set_defaults(action=_repair)
    backup = actions.add_parser("backup", help="copy the library, checked; one copy a day is made anyway")
    backup.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="default: beside the library, where three are kept; 'forget' does not reach copies elsewhere",
    )
    backup.set_defaults(action=_backup)
    restore = actions.add_parser("restore", help="list the backups, or make the library what it was at one of them")
    restore.add_argument("backup", nargs="?", type=Path, metavar="BACKUP", help="name in the list, or a file")
    restore.set_defaults(action=_restore)
    relink = actions.add_parser("relink", help="follow a folder that moved to another place, drive or drive letter")
    relink.add_argument("old", type=Path, metavar="OLD", help="the folder as the library knows it")
    relink.add_argument("new", type=Path, metavar="NEW", help="where it is now")
    relink.add_argument("--apply", action="store_true", help="do it; without this, only say what would be done")
    relink.add_argument("--every", action="store_true", help="compare the content of all files, not of a sample")
    relink.set_defaults(action=_relink)
    return [check, repair, backup, restore, relink]


def _check(args: argparse.Namespace) -> int:
    from plugin.library.check import check

    path = library_file(args)
    problems = check(path)
    if args.json:
        print_json({"library": os.fspath(path), "sound": not problems, "problems": problems})
    elif problems:
        print("\n".join(_some([f"problem: {line}" for line in problems])))
        print(
            f"{printable(path)} is damaged: 'cuefinder library repair' keeps what can be read, 'restore' takes a backup"
        )
    else:
        print(f"{printable(path)} is sound")
    return CuefinderError.exit_code if problems else 0


def _repair(args: argparse.Namespace) -> int:
    from plugin.library.repair import repair

    path = library_file(args)
    report = repair(path)
    if args.json:
        print_json(
            {
                "library": os.fspath(path), "problems": report.problems, "kept": report.kept,
                "again": [os.fspath(file) for file in report.again], "lost": report.lost,
                "damaged": None if report.damaged is None else os.fspath(report.damaged),
            }
        )  # fmt: skip
        return 0
    if report.damaged is None:
        print(f"{printable(path)} is sound: there is nothing to repair")
        return 0
    print("\n".join(_some([f"problem: {line}" for line in report.problems])))
    print(f"{report.kept} tracks are as they were")
    if report.again:
        print(f"{len(report.again)} tracks must be heard again by 'cuefinder index'; their ids and marks are kept:")
        print("\n".join(_some([f"  {printable(file)}" for file in report.again])))
    for what, count in report.lost.items():
        print(f"lost: {count or 'an unknown number of'} {what}")
    print(f"the damaged library is kept as {printable(report.damaged)}")
    return 0


def _backup(args: argparse.Namespace) -> int:
    from plugin.library.backups import back_up

    path = library_file(args)
    if not path.exists():
        raise InputError(f"there is no library at {printable(path)}: make it with 'cuefinder index DIR'")
    if args.output is not None and args.output.exists():
        raise InputError(f"--output {printable(args.output)}: it is there already: choose another name")
    made = back_up(path, args.output)
    print_json({"backup": os.fspath(made)}) if args.json else print(f"backed up to {printable(made)}")
    return 0


def _restore(args: argparse.Namespace) -> int:
    from plugin.library.backups import backups
    from plugin.library.replacing import restore

    path = library_file(args)
    known = backups(path)
    if args.backup is None:
        if args.json:
            print_json({"backups": [os.fspath(backup) for backup in known]})
        else:
            print("\n".join(printable(backup.name) for backup in known) or "there are no backups yet")
        return 0
    beside = path.with_name(args.backup.name)
    backup = beside if beside in known and not args.backup.is_file() else args.backup
    if not backup.is_file():
        raise InputError(f"{printable(args.backup)}: there is no such backup: 'cuefinder library restore' lists them")
    kept = restore(path, backup)
    if args.json:
        print_json({"restored": os.fspath(backup), "kept": None if kept is None else os.fspath(kept)})
    else:
        print(f"{printable(path)} is as it was at {printable(backup.name)}")
        if kept is not None:
            print(f"what it was until now is kept as {printable(kept)}")
    return 0


def _relink(args: argparse.Namespace) -> int:
    from plugin.library.relink import plan_relink, relink

    with open_library(args) as reader:
        report = plan_relink(reader, args.old, args.new, every=args.every)
    done = args.apply and bool(report.found)
    if done:
        with open_library(args, writable=True) as library:
            relink(library, report)
    if args.json:
        print_json(
            {
                "found": len(report.found), "compared": report.compared, "applied": done,
                "problems": [{"path": os.fspath(path), "reason": reason} for path, reason in report.problems],
            }
        )  # fmt: skip
    else:
        print(f"{len(report.found)} files are there; the content of {report.compared} was compared")
        print("\n".join(_some([f"stays: {printable(path)}: {reason}" for path, reason in report.problems])), end="")
        print("\n" * bool(report.problems) + ("their tracks have the new paths" if done else "nothing was changed"))
        if report.found and not done:
            print("do it with --apply")
    if report.problems:
        print(f"cuefinder: error: {len(report.problems)} files do not match", file=sys.stderr)
    return InputError.exit_code if report.problems else 0


def _some(lines: list[str]) -> list[str]:
    more = len(lines) - SHOWN
    return lines if more <= 0 else [*lines[:SHOWN], f"... and {more} more (--json lists all)"]
