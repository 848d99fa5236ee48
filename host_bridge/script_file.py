"""Put one of our scripts into a program's script folder, and take it out again: `ScriptFile`.

An installed script ends with a comment that holds the hash of all before it. So a copy of ours that nobody has changed
is known without notes kept elsewhere, of whichever version it is; whatever else lies in its place is kept as a backup.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from host_bridge.errors import HostError
from host_bridge.integration import State

STAMP = "cuefinder script sha256:"
COMMENTS = {".py": "#", ".lua": "--"}


@dataclass(frozen=True)
class ScriptFile:
    """A script of `host_bridge.scripts` and the folder that it belongs into.

    Attributes
    ----------
    title : str
        The program's name, for messages.
    name : str
        File name, the same in both places.
    folder : Path
        Need not be there yet.
    """

    title: str
    name: str
    folder: Path

    @property
    def path(self) -> Path:
        """Where it is installed."""
        return self.folder / self.name

    @property
    def backup(self) -> Path:
        """Where a file that was in its place and is not ours is kept."""
        return self.folder / f"{self.name}.bak"

    def content(self) -> bytes:
        """What is installed: the shipped script and its stamp."""
        source = files("host_bridge.scripts").joinpath(self.name).read_bytes().rstrip(b"\n") + b"\n"
        comment = COMMENTS[Path(self.name).suffix]
        return source + f"{comment} {STAMP} {hashlib.sha256(source).hexdigest()}\n".encode()

    def state(self) -> State:
        """Whether the script is installed in this version."""
        found = self._read()
        if found is None:
            return State.MISSING
        return State.READY if found == self.content() else State.OUTDATED

    def changes(self) -> list[str]:
        """What `install` would do, a line each."""
        found = self._read()
        if found == self.content():
            return []
        if found is None:
            return [f"write {self.path}"]
        if is_ours(found):
            return [f"replace another version of Cuefinder's script: {self.path}"]
        return [f"keep the file that is not Cuefinder's as {self._free_backup()}", f"write {self.path}"]

    def install(self) -> list[str]:
        """Write it, in one step that either happens or does not; gives what was done.

        Raises
        ------
        HostError
            It cannot be written; what was there is still there.
        """
        done = self.changes()
        if not done:
            return []
        temporary = self.folder / f".{self.name}.{secrets.token_hex(4)}.tmp"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with temporary.open("xb") as file:
                file.write(self.content())
                file.flush()
                os.fsync(file.fileno())
            found = self._read()
            if found is not None and not is_ours(found):
                self.path.replace(self._free_backup())
            temporary.replace(self.path)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise HostError(self.title, f"cannot write {self.path}: {error.strerror}; is the folder yours?") from error
        return done

    def uninstall(self) -> list[str]:
        """Remove it, if it is as we wrote it; one that somebody changed is kept as a backup. Gives what was done.

        Raises
        ------
        HostError
            It cannot be removed.
        """
        found = self._read()
        if found is None:
            return []
        try:
            if is_ours(found):
                self.path.unlink()
                return [f"removed {self.path}"]
            kept = self._free_backup()
            self.path.replace(kept)
        except OSError as error:
            raise HostError(self.title, f"cannot remove {self.path}: {error.strerror}") from error
        return [f"{self.path} had been changed by somebody: kept as {kept}"]

    def _read(self) -> bytes | None:
        try:
            return self.path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise HostError(self.title, f"cannot read {self.path}: {error.strerror}") from error

    def _free_backup(self) -> Path:
        kept, number = self.backup, 1
        while kept.exists():
            number += 1
            kept = self.backup.with_name(f"{self.backup.name}{number}")
        return kept


def is_ours(content: bytes) -> bool:
    """Whether a file is a script of ours, of any version, that nobody has changed."""
    source, stamp, said = content.rstrip().rpartition(STAMP.encode())
    source = source[: source.rfind(b"\n") + 1]
    return bool(stamp) and said.strip() == hashlib.sha256(source).hexdigest().encode()
