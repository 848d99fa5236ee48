"""Write the texts of a data set: `python -m models.systems.viml.synthesis --data KIND:FOLDER --out FILE`."""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tqdm import tqdm

from models.datasets.base import SPLITS, Record
from models.datasets.registry import open_data
from models.errors import DatasetError
from models.systems.viml.synthesis import KINDS, Synthesiser, make
from models.systems.viml.synthesis.cache import TextCache
from plugin.errors import CuefinderError


def write_texts(
    records: Sequence[Record], synthesiser: Synthesiser, out: Path, *, seed: int = 0, progress: bool = True
) -> int:
    """Write a text for every record that has none in `out` yet; cut short and started again it goes on.

    Parameters
    ----------
    records : sequence of Record
        With tags.
    synthesiser : Synthesiser
        Writes the texts.
    out : Path
        JSON lines: key of the record, text, and `by`, a hash of the options.
    seed : int
        With the key of a record it decides the record's text, wherever it stands.
    progress : bool
        Whether to show a bar on standard error.

    Returns
    -------
    int
        Texts written now.

    Raises
    ------
    DatasetError
        If no record has tags, or `out` holds texts that were written with other options.
    """
    if not any(record.tags for record in records):
        raise DatasetError(f"none of the {len(records)} records has tags: texts are written from tags")
    texts = TextCache(out, by=f"{synthesiser.fingerprint}-{seed}")
    left = [record for record in records if texts.get(record.key) is None]
    seeds = [int.from_bytes(hashlib.sha256(f"{seed} {r.key}".encode()).digest()[:8], "big") for r in left]
    items = [(record.tags, record.tag_groups) for record in left]
    with tqdm(total=len(records), initial=len(records) - len(left), unit="text", disable=not progress) as bar:
        for place, text in synthesiser.stream(items, seeds):
            texts.add(left[place].key, text)
            bar.update()
    return len(left)


def _options(settings: Sequence[str], parser: argparse.ArgumentParser) -> dict[str, Any]:
    options: dict[str, Any] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals:
            parser.error(f"--set {setting}: write it as name=value")
        options[name] = tuple(value.split(",")) if name == "vocabulary" else value
    return options


def build_parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    parser = argparse.ArgumentParser("python -m models.systems.viml.synthesis", description="Texts from tags (ViML)")
    parser.add_argument("--data", required=True, metavar="[KIND:]FOLDER", help="data set whose records have tags")
    parser.add_argument("--split", choices=[*SPLITS, "all"], default="all", help="records to write for")
    parser.add_argument("--kind", choices=list(KINDS), default="data2text", help="way to write")
    parser.add_argument("--model", help="causal model of prompt2text: folder or hub name")
    parser.add_argument(
        "--out", type=Path, required=True, help="JSON lines; started again, it goes on where it was cut"
    )
    parser.add_argument("--seed", type=int, default=0, help="decides all that is random")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any other option of the kind")
    parser.add_argument("--quiet", action="store_true", help="no progress bar")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Returns
    -------
    int
        0, or the exit code of the error, which is one line on standard error.
    """
    parser = build_parser()
    args = parser.parse_args(arguments)
    options = _options(args.set, parser)
    if args.model is not None:
        options["model"] = args.model
    try:
        data = open_data(args.data)
        splits = SPLITS if args.split == "all" else (args.split,)
        records = [record for split in splits for record in data.records(split)]
        synthesiser = make(args.kind, **options)
        written = write_texts(records, synthesiser, args.out, seed=args.seed, progress=not args.quiet)
    except CuefinderError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"interrupted; what is done is in {args.out}, start again to go on", file=sys.stderr)
        return 130
    counts = ", ".join(f"{name} {count}" for name, count in sorted(synthesiser.counts.items()) if name != "texts")
    print(f"{args.out}: {written} texts written, {len(records) - written} were there{f' ({counts})' if counts else ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
