"""What this machine can do at most (operations, bytes moved, files decoded), and what a graph needs of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from math import prod
from pathlib import Path
from time import process_time
from typing import Any

import av
import numpy as np
import onnxruntime

PRODUCT = """
from time import process_time
import numpy
matrix, best = numpy.random.default_rng(0).standard_normal((1536, 1536)).astype("float32"), 1e9
for _ in range(9):
    begin = process_time()
    matrix @ matrix
    best = min(best, process_time() - begin)
print(2 * 1536**3 / best)
"""


def least(work: Callable[[], object], turns: int = 7) -> float:
    """Seconds of the processor that a work takes, at best."""
    best = float("inf")
    for _ in range(turns):
        begin = process_time()
        work()
        best = min(best, process_time() - begin)
    return best


def flops() -> float:
    """Operations a second of one core, in a product of two float32 matrices by numpy's BLAS on one thread."""
    one = dict.fromkeys(("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1")
    done = subprocess.run([sys.executable, "-c", PRODUCT], env=os.environ | one, capture_output=True, check=True)
    return float(done.stdout)


def bandwidth(size: int = 2**28) -> float:
    """Bytes a second that one core reads while it copies an array larger than any cache."""
    source = np.ones(size // 4, np.float32)
    target = np.empty_like(source)
    return size / least(lambda: np.copyto(target, source))


def raw_decoding(files: Sequence[Path]) -> float:
    """Seconds of the processor in which FFmpeg decodes all sound of files, and nothing more."""
    begin = process_time()
    for file in files:
        with av.open(str(file)) as media:
            for _ in media.decode(audio=0):
                pass
    return process_time() - begin


def work_of(graph: Path, **inputs: np.ndarray) -> float:
    """Floating-point operations of convolutions and matrix products in one call of a graph."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.enable_profiling, options.log_severity_level = True, 3
    with tempfile.TemporaryDirectory() as folder:
        options.profile_file_prefix = str(Path(folder) / "profile")
        session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
        session.run(None, inputs)
        events = json.loads(Path(session.end_profiling()).read_text())
    return sum(_work(event["args"]) for event in events if event["name"].endswith("_kernel_time"))


def _work(node: dict[str, Any]) -> float:
    """Multiplications and additions of a node, from the shapes that went in and came out."""
    if node["op_name"] not in ("Conv", "MatMul", "Gemm"):
        return 0.0
    shapes = [next(iter(shape.values())) for shape in node["input_type_shape"]]
    made = prod(next(iter(node["output_type_shape"][0].values())))
    # Each number made is a sum over the kernel, or over the rows of the second matrix.
    terms = prod(shapes[1][1:]) if node["op_name"] == "Conv" else shapes[0][-1]
    return 2.0 * made * terms
