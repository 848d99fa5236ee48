"""``cuefinder hosts``: the editors that Cuefinder works with, set up and looked after."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from plugin.cli.support.options import add_common_arguments
from plugin.cli.support.output import fields, print_json, table
from plugin.errors import InputError

if TYPE_CHECKING:
    from host_bridge.integration import Integration

NAME = "hosts"
HELP = "list, set up and check the editors that Cuefinder works with"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the subcommands."""
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    made = [
        ("list", _list, "the editors, and how far each is set up"),
        ("install", _install, "put Cuefinder's part into an editor"),
        ("uninstall", _uninstall, "take Cuefinder's part out of an editor"),
        ("status", _status, "whether a panel listens, and which editors can be reached now"),
        ("doctor", _doctor, "look for what keeps editors from being reached"),
    ]
    for name, action, text in made:
        sub = actions.add_parser(name, help=text, description=text)
        if name in ("install", "uninstall"):
            sub.add_argument("host", metavar="HOST", help="short name, as listed by: cuefinder hosts list")
            sub.add_argument("--yes", action="store_true", help="do not ask before anything is changed")
        if name == "doctor":
            sub.add_argument("host", metavar="HOST", nargs="?", help="one host alone")
        sub.set_defaults(action=action)
        add_common_arguments(sub)


def run(args: argparse.Namespace) -> int:
    """Do the action."""
    status: int = args.action(args)
    return status


def _integrations() -> dict[str, Integration]:
    """All that work; the broken ones are named on standard error."""
    from host_bridge.registry import integrations

    good, broken = integrations()
    for name, reason in broken.items():
        print(f"cuefinder: the adapter {name} is broken and left out: {reason}", file=sys.stderr)
    return good


def _list(args: argparse.Namespace) -> int:
    rows = []
    for found in _integrations().values():
        program = found.program()
        rows.append({
            "host": found.key, "title": found.title, "program": None if program is None else str(program.path),
            "version": None if program is None else program.version, "state": str(found.state()),
            "tested": found.tested,
        })  # fmt: skip
    if args.json:
        print_json({"hosts": rows})
        return 0
    shown = [(row["host"], row["title"], row["version"] or ("found" if row["program"] else "-"), row["state"],
              row["tested"]) for row in rows]  # fmt: skip
    print("\n".join(table(shown, header=("host", "editor", "version", "Cuefinder's part", "tested with"))))
    return 0


def _install(args: argparse.Namespace) -> int:
    from host_bridge.integration import State
    from host_bridge.registry import integration

    found = integration(args.host)
    changes = found.changes()
    if not changes and found.state() in (State.READY, State.NOT_NEEDED):
        return _report(args, [f"{found.title}: {found.state()}"])
    # Without anything to change the installation cannot be done, and says why.
    if changes and not _agreed(args, f"Cuefinder will, for {found.title}:", changes):
        return 0
    return _report(args, found.install())


def _uninstall(args: argparse.Namespace) -> int:
    from host_bridge.registry import integration

    found = integration(args.host)
    if not _agreed(args, f"Cuefinder will take its part out of {found.title}; what is not its own stays.", []):
        return 0
    return _report(args, found.uninstall())


def _agreed(args: argparse.Namespace, what: str, changes: list[str]) -> bool:
    """Whether the user consents to changes outside of Cuefinder's own folders."""
    if args.yes:
        return True
    if not sys.stdin.isatty():
        raise InputError(f"{what} {'; '.join(changes)} - nothing was changed: say --yes to consent".replace("  ", " "))
    print("\n".join([what, *(f"  {change}" for change in changes)]))
    return input("Go on? [y/N] ").strip().lower() in ("y", "yes")


def _report(args: argparse.Namespace, done: list[str]) -> int:
    if args.json:
        print_json({"host": args.host, "done": done})
    else:
        print("\n".join(done))
    return 0


def _status(args: argparse.Namespace) -> int:
    from host_bridge.errors import BridgeError
    from host_bridge.transport.address import bridge_folder, listening

    address = listening(bridge_folder())
    hosts: list[dict[str, Any]] = []
    for found in _integrations().values():
        row: dict[str, Any] = {"host": found.key, "title": found.title, "reached": None, "note": str(found.state())}
        try:
            host = found.connect()
        except BridgeError as error:
            row["note"] = str(error)
        else:
            row |= {"reached": True, "note": f"{host.name} {host.version}".strip()}
            host.close()
        hosts.append(row)
    panel = None if address is None else {"pid": address.pid, "port": address.port}
    if args.json:
        print_json({"panel": panel, "hosts": hosts})
        return 0
    says = "none listens: open it with 'cuefinder panel'" if panel is None else f"process {panel['pid']} listens"
    print("\n".join(fields([("panel", says), *((row["host"], row["note"]) for row in hosts)])))
    return 0


def _doctor(args: argparse.Namespace) -> int:
    from host_bridge.registry import integration

    chosen = _integrations() if args.host is None else {args.host: integration(args.host)}
    report = {key: found.doctor() for key, found in chosen.items()}
    if args.json:
        print_json({key: [vars(finding) for finding in findings] for key, findings in report.items()})
        return 0
    for key, findings in report.items():
        print(chosen[key].title)
        rows = [(f"{'ok' if f.good else '--'}  {f.what}", "" if f.good else f.advice) for f in findings]
        print("\n".join(fields(rows, indent=2)))
    return 0
