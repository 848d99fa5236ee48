"""Editors from the command line, with one that is made for the test."""

from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from host_bridge import registry
from host_bridge.errors import HostError
from host_bridge.integration import Finding, Integration, Program, State

DONE: list[str] = []


class Small(Integration):
    key, title, tested = "small", "Small Editor", "nothing, it is made for a test"

    def program(self) -> Program | None:
        return Program("1.2", Path("/opt/small"))

    def state(self) -> State:
        return State.READY if DONE else State.MISSING

    def changes(self) -> list[str]:
        return [] if DONE else ["copy cuefinder.py to /opt/small"]

    def install(self) -> list[str]:
        DONE.append("copied")
        return ["copied cuefinder.py"]

    def uninstall(self) -> list[str]:
        if not DONE:
            raise HostError(self.title, "nothing of Cuefinder is there")
        DONE.clear()
        return ["removed cuefinder.py"]

    def doctor(self) -> list[Finding]:
        return [Finding("the program is there", True), Finding("the script is there", bool(DONE), "install it")]


@pytest.fixture(autouse=True)
def only_small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    DONE.clear()
    made = [EntryPoint("small", f"{__name__}:Small", registry.GROUP), EntryPoint("bad", "no_such:X", registry.GROUP)]
    monkeypatch.setattr(registry, "entry_points", lambda group: made)
    monkeypatch.setenv("CUEFINDER_BRIDGE", str(tmp_path / "bridge"))


def test_the_list_says_how_far_each_is_and_names_the_broken(cuefinder) -> None:
    answer = cuefinder("hosts", "list")
    assert "Small Editor" in answer.out and "not installed" in answer.out and "made for a test" in answer.out
    assert "the adapter bad is broken and left out" in answer.err
    (row,) = cuefinder("hosts", "list", "--json").json["hosts"]
    assert (row["host"], row["version"], row["state"]) == ("small", "1.2", "not installed")


def test_nothing_is_installed_without_consent(cuefinder) -> None:
    answer = cuefinder("hosts", "install", "small")
    assert answer.status == 2
    assert "copy cuefinder.py to /opt/small" in answer.error and "--yes" in answer.error
    assert not DONE


@pytest.mark.parametrize(("typed", "installed"), [("y", True), ("n", False), ("", False)])
def test_consent_is_asked_for(cuefinder, monkeypatch: pytest.MonkeyPatch, typed: str, installed: bool) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: typed)
    answer = cuefinder("hosts", "install", "small")
    assert "copy cuefinder.py to /opt/small" in answer.out
    assert bool(DONE) is installed


def test_install_and_uninstall(cuefinder) -> None:
    assert "copied cuefinder.py" in cuefinder("hosts", "install", "small", "--yes").out
    assert "Small Editor: installed" in cuefinder("hosts", "install", "small").out, "there is nothing more to do"
    assert cuefinder("hosts", "uninstall", "small", "--yes", "--json").json["done"] == ["removed cuefinder.py"]
    answer = cuefinder("hosts", "uninstall", "small", "--yes")
    assert (answer.status, answer.error) == (1, "Small Editor: nothing of Cuefinder is there")


def test_what_cannot_be_installed_says_why(cuefinder, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: Small) -> list[str]:
        raise HostError(self.title, "start it once, so that its folder is made")

    monkeypatch.setattr(Small, "changes", lambda self: [])
    monkeypatch.setattr(Small, "install", refuse)
    answer = cuefinder("hosts", "install", "small")
    assert (answer.status, answer.error) == (1, "Small Editor: start it once, so that its folder is made")


def test_unknown_and_broken_hosts(cuefinder) -> None:
    assert "no such host; there are small" in cuefinder("hosts", "install", "none", "--yes").error
    assert "its adapter is broken" in cuefinder("hosts", "doctor", "bad").error


def test_the_doctor_says_what_to_do(cuefinder) -> None:
    out = cuefinder("hosts", "doctor", "small").out
    assert "ok  the program is there" in out
    assert "--  the script is there" in out and "install it" in out
    assert cuefinder("hosts", "doctor", "--json").json["small"][1]["good"] is False


def test_the_status_without_a_panel_and_with_one(cuefinder, tmp_path: Path) -> None:
    from host_bridge.transport.server import BridgeServer

    assert "none listens" in cuefinder("hosts", "status").out
    with BridgeServer():
        answer = cuefinder("hosts", "status", "--json").json
    assert answer["panel"]["port"] > 0
    assert "connects by itself" in answer["hosts"][0]["note"]
