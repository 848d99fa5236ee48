"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.host_bridge.audacity.audacity_process import RealAudacity, real_audacity

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["HF_HUB_OFFLINE"] = "1"  # before transformers is imported: a missing checkpoint must not ask the network

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell's background jobs ignore Ctrl-C and hand that on; tests of interruption and what they start must not.
    signal.signal(signal.SIGINT, signal.default_int_handler)

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Give the developers' data folder beside the repository, or skip."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the developers' data folder ../shared/data")
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep every test away from the user's own library."""
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("CUEFINDER_HOME", str(folder))
    return folder


@pytest.fixture(scope="session")
def audacity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealAudacity]:
    """One Audacity for all tests: its start takes seconds, and its pipe is the user's, so there can be only one."""
    with real_audacity(tmp_path_factory.mktemp("audacity")) as started:
        yield started
