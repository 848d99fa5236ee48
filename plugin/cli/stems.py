"""``cuefinder stems``: say what each stem of a folder or session is; names and tags for it, on demand."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from plugin.cli.support.options import library_file, open_engine
from plugin.cli.support.output import print_json, table
from plugin.errors import InputError, printable

if TYPE_CHECKING:
    from plugin.stems import Effects, Stem

NAME = "stems"
HELP = "say what the stems of a folder or session are, and propose names; changes nothing by itself"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    what = "a folder of sound files, one such file, a session file, or a running host: audacity, ardour"
    parser.add_argument("place", nargs="?", metavar="DIR|SESSION", help=what)
    template = "names with {nn} {role} {instrument} {key} {tempo} {original}"
    parser.add_argument(
        "--template", metavar="TEXT", help=f"{template} (default for files: {{nn}}_{{role}}_{{instrument}})"
    )
    parser.add_argument("--dry-run", action="store_true", help="change nothing, only say what would be (the default)")
    files = parser.add_argument_group("files")
    files.add_argument("--rename", action="store_true", help="rename the files as proposed")
    files.add_argument("--write", action="store_true", help="write tags into the files; the sound stays bit for bit")
    files.add_argument("--overwrite", action="store_true", help="with --write: also over tags that are there already")
    files.add_argument("--undo", nargs="?", const="", metavar="ID", help="take the last (or that) change of files back")
    files.add_argument("--vst3", action="append", dest="effects", type=_plugin, metavar="FILE",
                       help="play the stems through a plug-in before listening; may come again")  # fmt: skip
    files.add_argument("--param", action="append", dest="effects", type=_parameter, metavar="NAME=VALUE",
                       help="set a parameter of the plug-in before it")  # fmt: skip
    session = parser.add_argument_group("sessions")
    apply = "name and colour the timeline tracks, in one undo step; of a file, in a new one beside it"
    session.add_argument("--apply", action="store_true", help=apply)
    session.add_argument("--out", type=Path, metavar="NEW", help="where to write a file's new one")


def run(args: argparse.Namespace) -> int:
    """Listen; a stem that cannot be heard is named and stops nothing."""
    if args.undo is not None:
        from plugin.cli.support.changes import take_back

        return take_back(args, args.undo)
    if args.place is None:
        raise InputError("name a folder of stems or a session, or --undo")
    if args.dry_run and (args.rename or args.write or args.apply):
        raise InputError("--dry-run changes nothing: leave it out, or --rename, --write and --apply")
    from plugin.decode import AUDIO_SUFFIXES

    path = Path(args.place)
    return _files(args, path) if path.is_dir() or path.suffix.lower() in AUDIO_SUFFIXES else _session(args)


def _files(args: argparse.Namespace, place: Path) -> int:
    from plugin.cli.support.changes import print_changes, print_report
    from plugin.filetags import WriteReport, journal_folder, write
    from plugin.stems import FILE_TEMPLATE, Template
    from plugin.stems.folder import find_files, listen_to_files, plan_changes, propose

    if args.apply or args.out:
        raise InputError("--apply and --out are for sessions; files take --rename and --write")
    template = Template(args.template or FILE_TEMPLATE)
    effects = _effects(args.effects)
    files, unread = find_files([place])
    folder = listen_to_files(open_engine(args), files, effects=effects)
    names = propose(folder, template)
    is_write = args.rename or args.write
    changes, refused = plan_changes(
        folder, names if args.rename or not is_write else [None] * len(names), tags=args.write or not is_write,
        overwrite=args.overwrite,
    )  # fmt: skip
    report = write(changes, journal_folder(library_file(args))) if is_write else WriteReport()
    problems = [*unread, *folder.problems, *refused, *report.problems]
    if args.json:
        from plugin.cli.support.changes import change_json

        rows = [{"path": str(path), **stem.as_dict(), "proposed": None if name is None else name.name}
                for path, stem, name in zip(folder.paths, folder.stems, names, strict=True)]  # fmt: skip
        print_json({"files": rows, "changes": [change_json(change) for change in changes], "journal": report.journal,
                    "problems": [f"{printable(path)}: {reason}" for path, reason in problems]})  # fmt: skip
    else:
        shown = [(stem.role, path.name, "(keep)" if name is None else name.name, *_facts(stem, folder.paths))
                 for path, stem, name in zip(folder.paths, folder.stems, names, strict=True)]  # fmt: skip
        _print_grouped(shown, ("file", "proposed name", *FACTS))
        if is_write:
            print_report(report)
        else:
            print_changes(changes, "--rename gives these names, --write these tags")
    for path, reason in problems:
        print(f"cuefinder: error: {printable(path)}: {reason}", file=sys.stderr)
    return InputError.exit_code if problems else 0


def _session(args: argparse.Namespace) -> int:
    from plugin.cli.support.sessions import Session, listen_to_session
    from plugin.stems import TRACK_TEMPLATE, Template, track_names

    if args.rename or args.write or args.effects:
        raise InputError(f"{args.place}: --rename, --write and --vst3 are for folders of files; sessions take --apply")
    template = Template(args.template or TRACK_TEMPLATE)
    engine = open_engine(args)
    with Session(args.place) as session:
        found = listen_to_session(engine, lambda work: work(session.host))
        names = track_names(found.stems, found.names, template)
        done = session.apply(found, names, args.out) if args.apply and found.ids else None
    if args.json:
        rows = [{"id": id, "name": name, **stem.as_dict(), "proposed": new}
                for id, name, stem, new in zip(found.ids, found.names, found.stems, names, strict=True)]  # fmt: skip
        print_json({"tracks": rows, "applied": done, "problems": [f"{n}: {reason}" for n, reason in found.problems]})
    else:
        shown = [(stem.role, name, new or "(keep)", *_facts(stem, []))
                 for name, stem, new in zip(found.names, found.stems, names, strict=True)]  # fmt: skip
        _print_grouped(shown, ("timeline track", "proposed name", *FACTS))
        print(done or "nothing was changed: --apply gives these names and colours")
    for name, reason in found.problems:
        print(f"cuefinder: error: {printable(name)}: {reason}", file=sys.stderr)
    return InputError.exit_code if found.problems else 0


FACTS = ("BPM", "key", "LUFS", "silent", "bleed", "heard", "caption")


def _facts(stem: Stem, paths: list[Path]) -> tuple[str, ...]:
    bleed = "" if stem.bleed is None else f"{paths[stem.bleed.source].stem} {stem.bleed.level_db:.0f} dB"
    heard = ", ".join(f"{tag.name} {tag.score:.2f}" for tag in stem.tags)
    return ("" if stem.tempo is None else f"{stem.tempo:.0f}", stem.key or "",
            "" if stem.loudness is None else f"{stem.loudness:.1f}", f"{stem.silence:.0%}", bleed, heard,
            stem.caption)  # fmt: skip


def _print_grouped(rows: list[tuple[str, ...]], header: tuple[str, ...]) -> None:
    """Print rows, whose first value is the role, under one heading for each role."""
    lines = table([row[1:] for row in rows], header=header)
    last = ""
    for number, line in enumerate(lines):
        if number and rows[number - 1][0] != last:
            last = rows[number - 1][0]
            print(f"{last}:")
        print(f"  {line}")


def _plugin(text: str) -> tuple[str, str]:
    return "plugin", text


def _parameter(text: str) -> tuple[str, str]:
    return "parameter", text


def _effects(words: list[tuple[str, str]] | None) -> Effects | None:
    """Load the plug-ins, each with the parameters that stand behind it."""
    from plugin.stems import Effects, PluginChoice

    choices: list[PluginChoice] = []
    for kind, text in words or []:
        if kind == "plugin":
            choices.append(PluginChoice(Path(text)))
            continue
        name, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"--param {text}: write it as NAME=VALUE")
        if not choices:
            raise InputError(f"--param {text}: it stands behind the --vst3 that it is for")
        choices[-1].parameters[name.strip()] = value.strip()
    return Effects(choices) if choices else None
