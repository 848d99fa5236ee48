"""`cuefinder-train`: trains a system on a data set by a configuration.

Nothing that needs torch is imported before the arguments are read, so that help and mistakes answer at once.
"""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from models.errors import ConfigError
from models.pairs import options as pairs_options
from plugin.errors import CuefinderError

EXTRAS = "cuefinder-train needs {}: pip install 'cuefinder[train]'"
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; give its exit status: 0, 1 for a failure, 2 for bad input, 130 after Ctrl-C."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        if options.list:
            _list()
        elif pairs_options.given(options):
            _train_on_pairs(options)
        else:
            if not (options.system and options.data and options.out):
                raise ConfigError("give a system, --data [KIND:]FOLDER and --out FOLDER; --list says what there is")
            _train(options)
    except KeyboardInterrupt:
        return _report("interrupted; the same command goes on from the last checkpoint", INTERRUPTED, options.debug)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if options.debug or not package or package in ("models", "plugin"):
            raise
        return _report(EXTRAS.format(package), ConfigError.exit_code, options.debug)
    except CuefinderError as error:
        return _report(str(error), error.exit_code, options.debug)
    except OSError as error:
        return _report(str(error), CuefinderError.exit_code, options.debug)
    return 0


def _report(line: str, status: int, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    print(f"cuefinder-train: {' '.join(line.split())}", file=sys.stderr)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cuefinder-train",
        description="Train one of the papers' systems. The run folder holds checkpoint.pt, from which the same command "
        "goes on after an interruption, best.pt, config.toml, history.jsonl and tensorboard/.",
        epilog="On several GPUs: torchrun --nproc-per-node N -m models.trainer.cli SYSTEM ...",
    )
    parser.add_argument("system", nargs="?", metavar="SYSTEM", help="which system; see --list")
    parser.add_argument("--list", action="store_true", help="say which systems and kinds of data sets there are")
    parser.add_argument("--config", metavar="FILE", help="TOML file; without it the papers' values")
    parser.add_argument("--data", metavar="[KIND:]FOLDER", help="data set; a plain folder with records.csv by default")
    parser.add_argument("--out", metavar="FOLDER", help="folder of the run")
    parser.add_argument("--cache", metavar="FOLDER", help="folder of the features, to share among runs (OUT/cache)")
    parser.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="a value, as in --set stages.joint.batch=8"
    )
    parser.add_argument("--stages", metavar="A,B", help="only these stages")
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda, cuda:N or mps")
    parser.add_argument("--workers", type=int, default=0, metavar="N", help="processes that make batches ahead")
    parser.add_argument("--test", action="store_true", help="evaluate the best weights on the test split at the end")
    parser.add_argument("--dry-run", action="store_true", help="try one batch of every stage and leave no trace in OUT")
    parser.add_argument("--no-progress", action="store_true", help="lines instead of progress bars")
    parser.add_argument("--debug", action="store_true", help="show where in the code an error came from")
    pairs_options.add_arguments(parser)
    return parser


def _train(options: argparse.Namespace) -> None:
    from models.trainer import command  # torch, and all the rest of it

    command.train(options)


def _train_on_pairs(options: argparse.Namespace) -> None:
    from models.pairs import command

    command.train(options)


def _list() -> None:
    from models.datasets import registry as datasets
    from models.systems.registry import NAMES

    print("Systems:")
    for name in NAMES:
        spec = find_spec(f"models.systems.{name}")
        about = (import_module(f"models.systems.{name}").__doc__ or "").strip().partition("\n")[0] if spec else ""
        print(f"  {name:22}{about}")
    print("Data sets (--data KIND:FOLDER):")
    for kind in datasets.NAMES:
        print(f"  {kind:22}{' '.join(datasets.find(kind).download.split())}")


if __name__ == "__main__":
    sys.exit(main())
