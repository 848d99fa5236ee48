"""Run Ardour's Lua interpreter on a copy of a session file."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from host_bridge.ardour.programs import Found, config_folder
from host_bridge.errors import HostError, HostTimeoutError

HOST = "Ardour"
T = TypeVar("T")
ACTION = Path(__file__).with_name("cuefinder_place.lua")
EXPORT = Path(__file__).with_name("cuefinder_export.lua")
SCRIPT = Path(__file__).with_name("cuefinder_session.lua")
DEADLINE = 120.0
LOOK = 0.02
"""Seconds between looks for the answer."""
KEEP_OUT = ("recent", "sfdb")
"""Files of the user's settings that a run must not change."""


class CrashError(HostError):
    """Ardour's interpreter died of a signal and left no answer."""


def again_after_crash(work: Callable[[], T]) -> T:
    """Do work that begins with a fresh copy, and once more where Ardour crashes: 7.3 now and then does at its start."""
    try:
        return work()
    except CrashError:
        return work()


def run_session(program: Found, copy: Path, rate: int, request: str, deadline: float = DEADLINE) -> str:
    """Let Ardour load a session file, do what is asked for, and save it.

    Parameters
    ----------
    program : Found
    copy : Path
        A session file of our own in the session's folder; Ardour writes it anew.
    rate : int
        Samples per second of the session.
    request : str
        See `cuefinder_place.lua`.

    Returns
    -------
    str
        What the script says, one item for each op.

    Raises
    ------
    HostError
        Ardour cannot do it.
    HostTimeoutError
    """
    with _folder() as folder:
        (folder / "request").write_text(request, "utf-8")
        words: list[str | Path] = [copy.parent, copy.stem, folder / "request", folder / "answer", str(rate), ACTION]
        return _said(program, SCRIPT, words, folder, copy.parent, deadline)


def run_export(
    program: Found,
    copy: Path,
    rate: int,
    out: Path,
    span: tuple[int, int],
    track: str | None,
    deadline: float = DEADLINE,
) -> None:
    """Let Ardour write the sound of a range to a new WAV file.

    Parameters
    ----------
    span : (int, int)
        First sample, and the one after the last.
    track : str, optional
        Id of the only timeline track to be heard.

    Raises
    ------
    HostError
        Ardour cannot do it, or the file cannot be written.
    HostTimeoutError
    """
    with _folder() as folder:
        first, last = (str(place) for place in span)
        words: list[str | Path] = [copy.parent, copy.stem, folder / "answer", str(rate), folder, "sound", first, last]
        _said(program, EXPORT, [*words, *([track] if track else [])], folder, copy.parent, deadline)
        try:
            with out.open("xb") as file, (folder / "sound.wav").open("rb") as made:
                shutil.copyfileobj(made, file)
        except FileExistsError as error:
            raise HostError(HOST, f"{out} is there already; export to a new file") from error
        except OSError as error:
            raise HostError(HOST, f"{error.filename or out} cannot be written: {error.strerror or error}") from error


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="cuefinder-ardour-") as name:
        yield Path(name)


def _said(
    program: Found, script: Path, words: Sequence[str | Path], folder: Path, session: Path, deadline: float
) -> str:
    """Run a script, and give what it put into its answer."""
    if program.lua is None:
        raise HostError(HOST, f"its Lua interpreter ardour{program.major}-lua is not installed")
    command = [os.fspath(word) for word in (program.lua, script, *words)]
    with _kept(session / "instant.xml"):
        printed, status = _run(command, _environment(folder, program.major), folder, deadline)
    if not (folder / "answer").is_file():
        last = printed.strip().splitlines()[-1:] or ["nothing"]
        error = CrashError if status < 0 else HostError
        raise error(HOST, f"it could not work on the session; its last words: {last[0]}")
    word, _, rest = (folder / "answer").read_text("utf-8", "replace").strip().partition(" ")
    if word != "done":
        raise HostError(HOST, f"{rest}; nothing was changed")
    return rest


def _run(command: list[str], environment: dict[str, str], folder: Path, deadline: float) -> tuple[str, int]:
    """Run until there is an answer, which is the last thing done: Ardour needs a second more to leave.

    Gives what was printed and the exit status, below 0 for a signal.
    """
    printed, end = folder / "printed", time.monotonic() + deadline
    try:
        with printed.open("wb") as out:
            process = subprocess.Popen(
                command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
    except OSError as error:
        raise HostError(HOST, f"{command[0]} cannot be started: {error.strerror or error}") from error
    with process:
        while process.poll() is None and not (folder / "answer").exists():
            if time.monotonic() > end:
                os.killpg(process.pid, signal.SIGKILL)
                raise HostTimeoutError(HOST, f"it took longer than {deadline:.0f} s; nothing was changed")
            with suppress(subprocess.TimeoutExpired):
                process.wait(LOOK)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
    return printed.read_text("utf-8", "replace"), process.returncode


def _environment(folder: Path, major: int) -> dict[str, str]:
    """The user's settings, but without what Ardour would write into them."""
    config = folder / "config" / f"ardour{major}"
    config.mkdir(parents=True)
    theirs = config_folder(major)
    for entry in theirs.iterdir() if theirs.is_dir() else ():
        if entry.name not in KEEP_OUT:
            (config / entry.name).symlink_to(entry)
    return {**os.environ, "XDG_CONFIG_HOME": str(folder / "config")}


@contextmanager
def _kept(path: Path) -> Iterator[None]:
    """Leave a file as it was: Ardour notes there which session file it opened last."""
    before = path.read_bytes() if path.is_file() else None
    try:
        yield
    finally:
        if before is None:
            path.unlink(missing_ok=True)
        elif path.is_file() and path.read_bytes() != before:
            path.write_bytes(before)
