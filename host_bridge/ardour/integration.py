"""How Ardour is set up: our Lua action among the user's scripts, and OSC switched on by the user."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from host_bridge.ardour.action import find_slot
from host_bridge.ardour.connect import connect
from host_bridge.ardour.link import ADDRESS, ADVICE, HOST, ArdourLink
from host_bridge.ardour.luarun import ACTION
from host_bridge.ardour.programs import Found, config_folder, find_programs
from host_bridge.errors import HostError
from host_bridge.host import Host
from host_bridge.integration import Finding, Integration, Program, State

PROBE = 1.0
"""Seconds for OSC to answer the doctor."""


class ArdourIntegration(Integration):
    """Sets Ardour 7 to 9 up."""

    key = "ardour"
    title = HOST
    tested = "Ardour 7.3 (Debian 12), with its window and without"

    def program(self) -> Program | None:
        """Find the newest Ardour."""
        found = find_programs()
        return Program(str(found[0].major), found[0].path) if found else None

    def state(self) -> State:
        """Whether the script lies in each version's folder."""
        found = find_programs()
        if not found:
            return State.NO_PROGRAM
        there = [_digest(_script(f)) for f in found]
        if all(digest is None for digest in there):
            return State.MISSING
        return State.READY if all(digest == _digest(ACTION) for digest in there) else State.OUTDATED

    def changes(self) -> list[str]:
        """The scripts that would be copied."""
        return [f"copy {ACTION.name} to {_script(f)}" for f in self._to_do()]

    def install(self) -> list[str]:
        """Copy the script; another version of it becomes a backup."""
        if not find_programs():
            raise HostError(HOST, "it is not installed here; install Ardour 7 or newer first")
        done = []
        for found in self._to_do():
            path = _script(found)
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                if path.is_file():
                    shutil.copy2(path, path.with_name(f"{path.name}.backup"))
                fresh = path.with_name(f".{path.name}.new")
                shutil.copyfile(ACTION, fresh)
                fresh.replace(path)
            except OSError as error:
                raise HostError(HOST, f"{path} cannot be written: {error.strerror or error}") from error
            done.append(f"copied {ACTION.name} to {path.parent}")
        if done:
            done.append(f"now in Ardour: {SLOT_ADVICE}")
        return done

    def uninstall(self) -> list[str]:
        """Take the scripts and the folder of requests out; the slot in Ardour is emptied by the user."""
        done = []
        for found in find_programs():
            path, folder = _script(found), config_folder(found.major) / "cuefinder"
            try:
                for old in (path, path.with_name(f"{path.name}.backup")):
                    if old.is_file():
                        old.unlink()
                        done.append(f"removed {old}")
                shutil.rmtree(folder, ignore_errors=True)
            except OSError as error:
                raise HostError(HOST, f"{path} cannot be removed: {error.strerror or error}") from error
        return done

    def doctor(self) -> list[Finding]:
        """Look at programs, script, slot and OSC."""
        programs = find_programs()
        if not programs:
            return [Finding("Ardour is installed", False, "install Ardour 7 or newer")]
        findings = []
        for found in programs:
            which = f"Ardour {found.major}"
            findings.append(Finding(f"{which}: {found.path}", True))
            lua = found.lua is not None
            findings.append(Finding(f"{which} can edit closed sessions", lua, "" if lua else
                                    f"install ardour{found.major}-lua, which comes with Ardour"))  # fmt: skip
            good = _digest(_script(found)) == _digest(ACTION)
            findings.append(
                Finding(f"{which} has the Cuefinder script", good, "" if good else "install the integration")
            )
            slot = find_slot(config_folder(found.major))
            findings.append(Finding(f"{which} has the script in an action slot", slot is not None,
                                    "" if slot is not None else SLOT_ADVICE))  # fmt: skip
        return [*findings, _osc()]

    def connect(self) -> Host:
        """Connect to the running Ardour."""
        return connect()

    def _to_do(self) -> list[Found]:
        return [f for f in find_programs() if _digest(_script(f)) != _digest(ACTION)]


SLOT_ADVICE = (
    "in Edit > Lua Scripts > Script Manager choose a free action, Add/Set, and there Cuefinder; "
    "after an update of Cuefinder do it again, as Ardour keeps a copy"
)


def _script(found: Found) -> Path:
    return config_folder(found.major) / "scripts" / ACTION.name


def _digest(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


def _osc() -> Finding:
    link = ArdourLink(ADDRESS, PROBE)
    try:
        link.number("/transport_frame")
    except HostError as error:
        return Finding("Ardour answers by OSC", False, error.reason if ADVICE in error.reason else
                       f"{error.reason}; or {ADVICE}")  # fmt: skip
    finally:
        link.close()
    return Finding("Ardour answers by OSC", True)
