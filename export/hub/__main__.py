"""Install models as parts: `python -m export.hub install NAME --out FOLDER`, or read their licences.

Every line on stdout is JSON: {"line": ...} tells how far it is, {"error": ...} what is wrong, {"done": FOLDER} that it
is there. Nothing that needs torch is imported before the arguments are read.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from export.errors import ExportError
from plugin.errors import CuefinderError, printable
from plugin.paths import pack_dir

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit status: 0, 1 for a failure, 2 for bad input, 130 where it was interrupted."""
    options = _parser().parse_args(arguments)
    lines = sys.stdout

    def tell(**what: Any) -> None:
        print(json.dumps(what), file=lines, flush=True)

    def fail(line: str, status: int) -> int:
        tell(error=" ".join(line.split()))
        return status

    _quiet(options.offline)
    name = printable(options.name)
    # Libraries print to stdout as they like; stdout is for whoever reads our lines.
    with contextlib.redirect_stdout(sys.stderr), _terminable():
        try:
            return _run(options, tell)
        except KeyboardInterrupt:
            return fail(f"{name}: interrupted; nothing was written", INTERRUPTED)
        except ModuleNotFoundError as error:
            package = (error.name or "").partition(".")[0]
            if package in ("", "models", "plugin", "export"):
                raise
            return fail(f"{name}: {package} is missing; install it with: pip install 'cuefinder[train]'", 2)
        except CuefinderError as error:
            return fail(str(error), error.exit_code)
        except ExportError as error:
            return fail(f"{name}: {error}; nothing was written", 1)
        except OSError as error:
            return fail(f"{name}: {_place(error)}{error.strerror or error}; nothing was written", 1)
        except Exception as error:  # noqa: BLE001 - the exporter raises whatever a model makes of it
            traceback.print_exc()
            return fail(f"{name}: {error or type(error).__name__}; nothing was written", 1)


def _run(options: argparse.Namespace, tell: Any) -> int:
    from export.hub.install import find_licence, install

    def say(line: str) -> None:
        tell(line=line)

    if options.command == "licence":
        licence = find_licence(options.name, source=options.source, offline=options.offline, say=say)
        for line in licence.lines():
            say(line)
        tell(licence=licence.name, url=licence.url)
        return 0
    folder = install(
        options.name, options.out, source=options.source, core=options.pack, accepted=options.licence_accepted,
        offline=options.offline, say=say,
    )  # fmt: skip
    tell(done=str(folder))
    return 0


def _quiet(offline: bool) -> None:
    """Set what the hub's library reads when it is imported."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if offline:
        os.environ["HF_HUB_OFFLINE"] = "1"


@contextlib.contextmanager
def _terminable() -> Any:
    """End as by Ctrl-C when the process is told to terminate, so that nothing half-written stays."""

    def stop(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _place(error: OSError) -> str:
    return f"{printable(error.filename)}: " if isinstance(error.filename, str | bytes) else ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m export.hub",
        description="Make a part of a published model: fetched, exported to ONNX here, compared with torch.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    both = argparse.ArgumentParser(add_help=False)
    both.add_argument("name", metavar="NAME", help="of the catalogue ('cuefinder models list'), or your own")
    both.add_argument(
        "--from", dest="source", default="", metavar="SOURCE", help="hub repository, folder or file of the checkpoint"
    )
    both.add_argument("--offline", action="store_true", help="take it from the hub's cache, without the network")
    add = commands.add_parser("install", parents=[both], help="make the part", description="Make the part.")
    add.add_argument("--out", type=Path, required=True, metavar="PARTS_DIR", help="folder that parts lie in")
    add.add_argument(
        "--pack", type=Path, default=pack_dir(), metavar="CORE", help="pack whose space the words of an encoder go into"
    )
    add.add_argument("--licence-accepted", action="store_true", help="you have read the licence and accept it")
    commands.add_parser("licence", parents=[both], help="show its licence", description="Show a model's licence.")
    return parser


if __name__ == "__main__":
    sys.exit(main())
