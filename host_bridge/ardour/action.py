"""Our Lua action in a running Ardour: requests and answers are files in a folder of ours, OSC calls the action."""

from __future__ import annotations

import base64
import binascii
import re
import secrets
import xml.etree.ElementTree as ET
from pathlib import Path
from urllib.parse import unquote

from host_bridge.ardour.cues import lines
from host_bridge.ardour.link import HOST, ArdourLink
from host_bridge.ardour.notes import write_file
from host_bridge.ardour.xmlfile import parse
from host_bridge.errors import BridgeError, HostError, HostTimeoutError

NAME = "Cuefinder"
"""Of the action, in the script's head."""
VERSION = "1"
"""Of what the script understands."""
HELLO = 2.0
"""Seconds for it to say that it is there."""
PLACE = 60.0
"""Seconds for it to take a file in: a long one may have to be converted."""
SLOT = re.compile(r'scripts\[(\d+)\]\["n"\] = "([^"\\]*)"')


def find_slot(config: Path) -> int | None:
    """The number of the action slot that our script was put into; None where it is in none.

    Parameters
    ----------
    config : Path
        Ardour's folder of user settings.
    """
    file = config / "ui_scripts"
    if not file.is_file():
        return None
    try:
        found: ET.Element | None = parse(file).find("ActionScript")
        text = base64.b64decode((found.text or "") if found is not None else "").decode("utf-8", "replace")
    except (BridgeError, binascii.Error):
        return None
    return next((int(m[1]) for m in SLOT.finditer(text) if m[2] == NAME), None)


class LuaAction:
    """The action in one slot.

    Parameters
    ----------
    link : ArdourLink
    config : Path
        Ardour's folder of user settings.
    slot : int

    Attributes
    ----------
    deadline : float
        Seconds for a request.
    """

    def __init__(self, link: ArdourLink, config: Path, slot: int) -> None:
        self._link, self._slot = link, slot
        self._folder = config / "cuefinder"
        self.deadline = PLACE

    def ask(self, request: str, deadline: float | None = None) -> str:
        """Let the action do a request; gives what it says.

        Raises
        ------
        HostError
            It cannot.
        HostTimeoutError
            It does not answer; whether it was done is not known.
        """
        deadline = self.deadline if deadline is None else deadline
        key = secrets.token_hex(8)
        asked, answered = self._folder / "request", self._folder / "answer"
        self._folder.mkdir(mode=0o700, exist_ok=True)
        answered.unlink(missing_ok=True)
        write_file(asked, f"key {key}\n{request}")

        def look() -> str | None:
            self._link.ask("/transport_frame", deadline=deadline)  # it may be gone; and so we do not look too often
            if not answered.is_file():
                return None
            word, _, rest = answered.read_text("utf-8", "replace").strip().partition(" ")
            return rest if word == key else None

        try:
            self._link.ask("/access_action", f"LuaAction/script-{self._slot}")
            said = self._link.wait("what the Lua action was asked for", look, deadline)
        finally:
            asked.unlink(missing_ok=True)  # a later click on the action must not do what we gave up
            answered.unlink(missing_ok=True)
        word, _, rest = said.partition(" ")
        if word != "done":
            raise HostError(HOST, f"{rest}; look there at what was done")
        return rest

    def hello(self) -> Path | None:
        """The session file that is open; None where the action does not answer, or is another version's."""
        try:
            version, _, rest = self.ask(lines({"op": "hello"}), HELLO).partition(" ")
        except HostTimeoutError:
            return None
        except HostError as error:
            if "not known" in error.reason:
                return None
            raise
        folder, _, snapshot = rest.partition(" ")
        return Path(unquote(folder)) / f"{unquote(snapshot)}.ardour" if version == VERSION else None
