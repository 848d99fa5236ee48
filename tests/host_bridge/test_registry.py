from __future__ import annotations

import logging
from importlib.metadata import EntryPoint, entry_points

import pytest

from host_bridge import registry
from host_bridge.errors import BridgeError, HostError, PartialError, TimelineError
from host_bridge.integration import Finding, Integration, Program, State
from host_bridge.registry import GROUP, integration, integrations


class Small(Integration):
    key, title, tested = "small", "Small", "nothing"

    def program(self) -> Program | None:
        return None

    def state(self) -> State:
        return State.NO_PROGRAM

    def doctor(self) -> list[Finding]:
        return [Finding("program", False, "install it")]


class Breaking(Small):
    def __init__(self) -> None:
        raise RuntimeError("a fault in it")


def entries(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    made = [
        EntryPoint(name, f"{__name__}:{value}" if ":" not in value else value, GROUP) for name, value in values.items()
    ]
    monkeypatch.setattr(registry, "entry_points", lambda group: made)


def test_the_shipped_hosts_are_all_there() -> None:
    names = {entry.name for entry in entry_points(group=GROUP)}
    assert names >= {"ardour", "audacity", "blender", "files", "reaper", "resolve"}
    good, broken = integrations()
    assert not broken
    assert set(good) >= names
    for key, found in good.items():
        assert found.key == key
        assert found.title and found.tested
        assert isinstance(found.state(), State)
        assert all(finding.good or finding.advice for finding in found.doctor()), "a fault comes with what to do"


def test_a_broken_adapter_is_logged_and_skipped(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    entries(monkeypatch, one="Small", two="Breaking", three="no_such_module:X", four="builtins:int")
    with caplog.at_level(logging.WARNING):
        good, broken = integrations()
    assert list(good) == ["small"]
    assert set(broken) == {"two", "three", "four"}
    assert "a fault in it" in caplog.text
    assert "is no host_bridge.integration.Integration" in broken["four"]


def test_one_by_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    entries(monkeypatch, small="Small", two="Breaking")
    assert integration("small").title == "Small"
    with pytest.raises(HostError, match="no such host; there are small"):
        integration("large")
    with pytest.raises(HostError, match="two: its adapter is broken: RuntimeError: a fault in it"):
        integration("two")


def test_what_an_integration_without_more_says(monkeypatch: pytest.MonkeyPatch) -> None:
    small = Small()
    assert small.changes() == []
    for act in (small.install, small.uninstall, small.connect):
        with pytest.raises(HostError, match="Small: "):
            act()


def test_errors_are_one_line_with_what_was_done() -> None:
    error = PartialError("Editor", ["one"], ["two", "three"], "it stopped")
    assert str(error) == "Editor: it stopped; done: one; not done: two, three"
    assert isinstance(error, BridgeError)
    assert str(TimelineError("/a b.otio", "it is empty")) == "/a b.otio: it is empty"
    assert (TimelineError("x", "y").exit_code, HostError("x", "y").exit_code) == (2, 1)
