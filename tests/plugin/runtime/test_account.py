"""What the doctor says of CUDA, for all that a machine may have."""

from __future__ import annotations

import sys

import onnxruntime
import pytest

from plugin.runtime import account
from plugin.runtime.device import CPU, CUDA, preload


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Libraries that do not load, on a machine that has all else."""
    names: set[str] = set()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(onnxruntime, "cuda_version", "13.0", raising=False)
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: print("much"))
    preload.cache_clear()
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, CPU])
    monkeypatch.setattr(account, "load_failure", lambda path: "not found" if path.name in names else "")
    monkeypatch.setattr(account, "has_driver", lambda: "libcuda.so.1" not in names)
    return names


def test_a_machine_that_has_all_has_nothing_to_do(missing, capfd) -> None:
    assert account.cuda_account() == {"build": "CUDA 13.0", "driver": True, "missing": [], "to_do": []}
    assert capfd.readouterr().out == ""


def test_libraries_that_are_missing_are_named_with_what_to_install(missing) -> None:
    missing |= {"libcudnn.so.9", "libcublas.so.13"}
    found = account.cuda_account()
    assert found["missing"] == ["libcublas.so.13", "libcudnn.so.9"]
    assert found["to_do"] == ["pip install 'cuefinder[cuda]'"]


def test_a_missing_driver_comes_with_its_version(missing) -> None:
    missing.add("libcuda.so.1")
    found = account.cuda_account()
    assert not found["driver"] and "version 580 or newer" in found["to_do"][0]


def test_a_build_for_the_cpu_alone_matters_only_where_there_is_a_card(missing, monkeypatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CPU])
    assert "for the CPU alone" in account.cuda_account()["to_do"][0]
    missing.add("libcuda.so.1")
    assert account.cuda_account() == {"build": None, "driver": False, "missing": [], "to_do": []}


def test_on_a_mac_nothing_is_said_of_cuda(missing, monkeypatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CoreMLExecutionProvider", CPU])
    assert account.cuda_account()["to_do"] == [] and account.accelerators() == ["coreml"]


def test_libraries_have_the_names_of_their_system() -> None:
    assert {"cublas64_12.dll", "cufft64_11.dll", "cudnn64_9.dll"} <= set(account.libraries("12", "win32"))
    assert {"libcublas.so.13", "libcufft.so.12", "libcurand.so.10"} <= set(account.libraries("13", "linux"))
