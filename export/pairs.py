"""Make a pack whose video side has learnt from the user's own videos: a copy of its base with another video graph.

python -m export.pairs --trained RUN --out PACK

RUN is the folder of `cuefinder-train viml --pairs`. Music and text stay as they are, and so does the pack's space: a
library that is indexed need not be indexed again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from export.errors import ExportError
from export.graph import export_graph, round_weights
from export.pack import check_place, describe_files
from export.pack import write_pack as place_pack
from export.parity import check_graph
from models.errors import CheckpointError
from models.nets.video import FRAMES, SIZE
from models.pairs.network import OwnVideoEncoder
from models.pairs.result import PROVENANCE, Result, read_result
from models.training.from_pack import SHIPPED, BasePack
from plugin.errors import CuefinderError, InputError, PackError, printable

GRAPH = "video.onnx"


def write_pack(result: Result, base: Path, out: Path) -> dict[str, Any]:
    """Write the pack; `out` appears, or is replaced, only when all of it is there and has been checked.

    Parameters
    ----------
    result : Result
        What was learnt.
    base : Path
        The pack that it was learnt from.
    out : Path
        Folder that is not there, is empty, or holds a pack, which is replaced.

    Returns
    -------
    dict
        The manifest.

    Raises
    ------
    PackError
        The base is damaged or is not the pack that was learnt from.
    InputError
        `out` is the base or holds something else.
    ParityError
        The graph differs from torch; nothing is written.
    """
    pack = BasePack(base)
    problems = pack.problems()
    if problems:
        raise PackError(problems[0])
    for name in ("music", "video"):
        if pack.checksum(f"{name}.onnx") != result.pack[name]:
            raise PackError(f"{printable(base)}: not the pack that was learnt from; give that one with --pack")
    if out.resolve() in (base.resolve(), SHIPPED.resolve()):
        raise InputError(f"--out {printable(out)}: this is the pack that yours is made from; give another folder")
    check_place(out)
    network = OwnVideoEncoder(result.model, pack.video())

    def fill(folder: Path) -> dict[str, Any]:
        for name in pack.manifest["files"]:
            if name != GRAPH:
                shutil.copyfile(base / name, folder / name)
        manifest: dict[str, Any] = json.loads(json.dumps(pack.manifest))
        manifest["graphs"]["video"] |= _export(network, folder / GRAPH, manifest["graphs"]["video"])
        manifest["files"] |= {GRAPH: describe_files(folder)[GRAPH]}
        manifest["provenance"]["own_videos"] = {name: result.report[name] for name in PROVENANCE}
        return manifest

    return place_pack(out, fill)


def _export(network: OwnVideoEncoder, path: Path, described: dict[str, Any]) -> dict[str, Any]:
    """Export the video network and check it against torch; give what the manifest says of it."""
    round_weights(network.eval())
    generator = torch.Generator().manual_seed(0)
    frames = torch.randint(0, 256, (2, FRAMES, SIZE, SIZE, 3), generator=generator).to(torch.uint8)
    # Noise alone is unlike any film: the second one stands still.
    frames[1] = frames[1, :1]
    inputs, outputs = described["inputs"], described["outputs"]
    export_graph(network, (frames,), path, inputs=inputs, outputs=outputs, dynamic={inputs[0]: {0: "batch"}})
    error = check_graph(network, path, inputs, [(frames,), (frames[:1],)])
    return {"largest_relative_difference_from_torch": float(f"{error:.2g}")}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; give its exit status."""
    parser = argparse.ArgumentParser(prog="python -m export.pairs", description=__doc__.splitlines()[0])
    parser.add_argument("--trained", type=Path, required=True, help="run of cuefinder-train viml --pairs")
    parser.add_argument("--pack", type=Path, default=SHIPPED, help="pack that it started from (default: the shipped)")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new pack")
    parser.add_argument("--anyway", action="store_true", help="make it even if it finds music no better")
    options = parser.parse_args(arguments)
    try:
        result = read_result(options.trained)
        if not result.report["better"] and not options.anyway:
            raise CheckpointError(
                f"{printable(options.trained)}: finds the music of the held-out videos no better than the pack it"
                " started from, which is the better choice; --anyway makes a pack all the same"
            )
        manifest = write_pack(result, options.pack, options.out)
    except CuefinderError as error:
        print(f"export.pairs: {error}", file=sys.stderr)
        return error.exit_code
    except (ExportError, OSError) as error:
        print(f"export.pairs: {error}", file=sys.stderr)
        return CuefinderError.exit_code
    place = printable(options.out)
    print(f"{place}: video side learnt from {result.report['videos']} videos, space {manifest['space']} as before")
    print(f"use it: cuefinder suggest --pack {place} --video FILE, or set CUEFINDER_PACK={place} for all commands")
    return 0


if __name__ == "__main__":
    sys.exit(main())
