"""`cuefinder-export`: makes a verified ONNX pack of a trained system.

Nothing that needs torch is imported before the arguments are read, so that help and mistakes answer at once.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from export.errors import ExportError
from export.pack import MANIFEST
from models.errors import ConfigError
from plugin.errors import CuefinderError, InputError, printable

NAMES = ("synaesthesia", "titles", "alcap", "viml")
PRECISIONS = ("fp32", "fp16", "int8")
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit status: 0, 1 for a failure, 2 for bad input, 130 after Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        _export(options)
    except KeyboardInterrupt:
        return _report("interrupted; nothing was written", INTERRUPTED, options.debug)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if options.debug or package in ("", "models", "plugin", "export"):
            raise
        return _report(f"cuefinder-export needs {package}: pip install 'cuefinder[train]'", 2, options.debug)
    except CuefinderError as error:
        return _report(str(error), error.exit_code, options.debug)
    except ExportError as error:
        return _report(f"{error}; nothing was written", CuefinderError.exit_code, options.debug)
    except OSError as error:
        place = f"--out {printable(options.out)}"
        return _report(
            f"{place}: {error.strerror or error}; nothing was written", CuefinderError.exit_code, options.debug
        )
    return 0


def _export(options: argparse.Namespace) -> None:
    if options.system not in NAMES:
        raise ConfigError(f"there is no system {options.system!r}: choose one of {', '.join(NAMES)}")
    precisions = [part.strip() for part in options.precisions.split(",")]
    unknown = [part for part in precisions if part not in PRECISIONS]
    if unknown:
        raise ConfigError(f"--precisions {unknown[0]}: choose from {', '.join(PRECISIONS)}")
    out: Path = options.out
    if (out / MANIFEST).exists() and not options.replace:
        raise InputError(f"--out {printable(out)}: a pack is there already; give a new folder, or --replace")

    from export.build import export_system  # torch, and all the rest of it
    from export.material import Material

    manifest = export_system(
        options.system, options.checkpoint, out, precisions=precisions, material=Material(tuple(options.audio)),
        licence=options.licence, provenance=options.provenance, say=lambda line: print(line, flush=True),
    )  # fmt: skip
    size = sum(entry["bytes"] for entry in manifest["files"].values())
    taken = ", ".join(f"{device} {kind}" for device, kind in manifest["devices"].items())
    print(f"{printable(out)}: {len(manifest['files'])} files, {size / 1e6:.1f} MB; a runtime takes {taken}")
    for line in manifest["outside"]:
        print(f"not in the pack: {line}")


def _report(line: str, status: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(f"cuefinder-export: {' '.join(line.split())}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cuefinder-export",
        description="Make an ONNX pack of a trained system. Every graph is compared with torch, captions token for "
        "token; where anything differs no pack is written.",
    )
    parser.add_argument("system", metavar="SYSTEM", help=", ".join(NAMES))
    parser.add_argument("--checkpoint", type=Path, required=True, metavar="PATH", help="best.pt, or the run's folder")
    parser.add_argument("--out", type=Path, required=True, metavar="PACK", help="folder of the pack")
    parser.add_argument("--replace", action="store_true", help="replace a pack that is there")
    parser.add_argument(
        "--precisions", default=",".join(PRECISIONS), metavar="A,B", help="beside fp32: fp16 (CUDA), int8 (CPU)"
    )
    parser.add_argument(
        "--audio", type=Path, nargs="+", default=[], metavar="FILE",
        help="real sound to compare and calibrate with; without it music is made",
    )  # fmt: skip
    parser.add_argument("--licence", default="not stated", metavar="NAME", help="of the weights, for the manifest")
    parser.add_argument("--provenance", default="not stated", metavar="TEXT", help="what they were trained on")
    parser.add_argument("--debug", action="store_true", help="show where in the code an error came from")
    return parser


if __name__ == "__main__":
    sys.exit(main())
