"""Where the panel listens: a small file that only its user can read, with the port and the token."""

from __future__ import annotations

import json
import os
import secrets
import socket
import stat
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from host_bridge.errors import HostError
from host_bridge.transport.messages import LONGEST_HELLO, PROTOCOL

VARIABLE = "CUEFINDER_BRIDGE"
"""Environment variable with another folder for the file."""
PANEL = "Cuefinder"


@dataclass(frozen=True)
class Address:
    """What a host must know: the protocol's version, the loopback port, the token, and the panel's process."""

    protocol: int
    port: int
    token: str
    pid: int

    @classmethod
    def new(cls, port: int) -> Address:
        """An address of this process with a new token."""
        return cls(PROTOCOL, port, secrets.token_hex(32), os.getpid())


def bridge_folder() -> Path:
    """The folder of `bridge.json` and of the hosts' mail; the same rule is in every host script."""
    if os.environ.get(VARIABLE):
        return Path(os.environ[VARIABLE])
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "Cuefinder" / "bridge"
    if sys.platform == "darwin":
        return Path.home() / "Library/Application Support/Cuefinder/bridge"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local/state") / "cuefinder" / "bridge"


def address_file(folder: Path) -> Path:
    """The file with the address."""
    return folder / "bridge.json"


def own_folder(folder: Path) -> None:
    """Make a folder that only its user can look into, with those above it.

    Raises
    ------
    HostError
        It belongs to somebody else, or cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if os.name == "posix":
            if folder.stat().st_uid != os.getuid():
                raise HostError(PANEL, f"{folder} belongs to another user; set {VARIABLE} to a folder of your own")
            folder.chmod(0o700)
    except OSError as error:
        raise HostError(PANEL, f"cannot make {folder}: {error.strerror}") from error


def write_address(folder: Path, address: Address) -> None:
    """Write the address for this user's eyes alone, into a folder made by `own_folder`.

    Raises
    ------
    HostError
        It cannot be written.
    """
    temporary = folder / f".{secrets.token_hex(8)}.tmp"
    try:
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(asdict(address), file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(address_file(folder))
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise HostError(PANEL, f"cannot write {address_file(folder)}: {error.strerror}") from error


def read_address(folder: Path) -> Address | None:
    """The address; None where no panel has written one that can be trusted and read."""
    path = address_file(folder)
    try:
        found = path.stat()
        if os.name == "posix" and (stat.S_IMODE(found.st_mode) & 0o077 or found.st_uid != os.getuid()):
            return None
        with path.open("rb") as file:
            values = json.loads(file.read(LONGEST_HELLO))
        address = Address(**values)
    except (OSError, ValueError, TypeError):
        return None
    right = all(type(value) is int for value in (address.protocol, address.port, address.pid))
    return address if right and isinstance(address.token, str) and 0 < address.port < 65_536 else None


def listening(folder: Path) -> Address | None:
    """The address of the panel that listens now; None where its file is missing or left over."""
    address = read_address(folder)
    return address if address is not None and answers(address.port) else None


def answers(port: int) -> bool:
    """Whether anybody listens on a loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1.0).close()
    except OSError:
        return False
    return True
