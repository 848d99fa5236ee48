"""What the doctor tells of inference: what CUDA has and lacks here, and what the cache of graphs holds."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from plugin.runtime.device import ACCELERATORS, CUDA, INSTALL, has_driver, load_failure, preload
from plugin.runtime.graph_cache import cache_dir, copies

DRIVER = "install NVIDIA's driver, version {driver} or newer (nvidia-smi shows it)"
DRIVERS = {"12": "525", "13": "580"}
"""The oldest driver for a major version of CUDA, from NVIDIA's table of minor version compatibility."""
CUFFT = {"12": "11", "13": "12"}


def cuda_account() -> dict[str, Any]:
    """Tell what CUDA needs, has and lacks.

    Returns
    -------
    dict
        "build" (the CUDA that ONNX Runtime was built for; None without), "driver" (is there one), "missing" (libraries
        that do not load) and "to_do" (a line each). Where the system can have no NVIDIA card, there is nothing to do.
    """
    import onnxruntime

    version = str(getattr(onnxruntime, "cuda_version", "") or "")
    offered = CUDA in onnxruntime.get_available_providers()
    account: dict[str, Any] = {
        "build": f"CUDA {version}" if offered else None, "driver": has_driver(), "missing": [], "to_do": []
    }  # fmt: skip
    if sys.platform == "darwin" or not offered:
        if sys.platform != "darwin" and account["driver"]:
            account["to_do"].append(
                "this ONNX Runtime is for the CPU alone: pip uninstall onnxruntime, then " + INSTALL
            )
        return account
    major = version.split(".", 1)[0]
    if not account["driver"]:
        account["to_do"].append(DRIVER.format(driver=DRIVERS.get(major, "of this year")))
    preload()
    account["missing"] = [name for name in libraries(major, sys.platform) if load_failure(Path(name))]
    if account["missing"]:
        account["to_do"].append(INSTALL)
    return account


def libraries(major: str, platform: str) -> list[str]:
    """Libraries that the CUDA provider loads, for a major version of CUDA.

    Parameters
    ----------
    major : str
    platform : str
        As `sys.platform`.
    """
    numbered = {"cublasLt": major, "cublas": major, "cudart": major, "cufft": CUFFT.get(major, major), "cudnn": "9"}
    if platform == "win32":
        return [f"{name}64_{number}.dll" for name, number in numbered.items()]
    return [f"lib{name}.so.{number}" for name, number in (numbered | {"curand": "10", "nvrtc": major}).items()]


def cache_account() -> dict[str, Any]:
    """Tell where optimised graphs are kept, how many there are, and their bytes."""
    kept = copies()
    return {"path": os.fspath(cache_dir()), "graphs": len(kept), "bytes": sum(size for _, size in kept)}


def accelerators() -> list[str]:
    """Names of the accelerators that this build of ONNX Runtime offers, the first choice first."""
    import onnxruntime

    offered = onnxruntime.get_available_providers()
    return [name for name, provider in ACCELERATORS.items() if provider in offered]
