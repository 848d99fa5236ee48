"""Find the running Ardour, which session it has, and whether our Lua action is in it."""

from __future__ import annotations

from pathlib import Path

from host_bridge.ardour.action import LuaAction, find_slot
from host_bridge.ardour.host import ArdourHost
from host_bridge.ardour.link import ADDRESS, DEADLINE, HOST, ArdourLink
from host_bridge.ardour.programs import VERSIONS, config_folder, recent_sessions
from host_bridge.errors import HostError, HostTimeoutError

STARTING = 3.0
"""Seconds from when Ardour answers until it has noted which session it opened."""
FEEDBACK = 0b10000
"""What makes Ardour tell the session's name."""


def connect(address: tuple[str, int] = ADDRESS, deadline: float = DEADLINE, session: Path | None = None) -> ArdourHost:
    """Connect to the Ardour that listens on a port.

    Parameters
    ----------
    session : Path, optional
        The session file that is open there, if known.

    Raises
    ------
    HostError
        None listens, it does not answer, or its session file cannot be found.
    """
    link = ArdourLink(address, deadline)
    try:
        action, found = _action(link)
        path = session or found or _recent(link)
        return ArdourHost(link, path, action)
    except BaseException:
        link.close()
        raise


def _action(link: ArdourLink) -> tuple[LuaAction | None, Path | None]:
    """Our action, if it answers, and the session that it is in."""
    link.ask("/transport_frame")  # so that an absent Ardour is told at once
    for major in VERSIONS:
        slot = find_slot(config_folder(major))
        if slot is not None:
            action = LuaAction(link, config_folder(major), slot)
            found = action.hello()
            if found is not None:
                return action, found
    return None, None


def _recent(link: ArdourLink) -> Path:
    """The session file, from the name that OSC tells and the sessions opened last."""
    said = link.ask("/set_surface/feedback", FEEDBACK)
    link.ask("/set_surface/feedback", 0)
    names = [str(m.arguments[0]) for m in said if m.address == "/session_name" and m.arguments]
    if not names:
        raise HostError(HOST, "no session is open; open one")

    def look() -> Path | None:
        recent = [path for major in VERSIONS for path in recent_sessions(config_folder(major))]
        found = next((path for path in recent if path.stem == names[-1] and path.is_file()), None)
        if found is None:
            link.ask("/transport_frame")
        return found

    try:
        return link.wait("opening the session", look, STARTING)
    except HostTimeoutError as error:
        raise HostError(
            HOST, f"where the session {names[-1]} is kept cannot be found out; open it once more"
        ) from error
