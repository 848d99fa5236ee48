"""Making a part of a published checkpoint, in a process of its own: that needs torch, which the engine never does."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from queue import Empty, Queue
from typing import IO, Any

from plugin.errors import CuefinderError, PackError, printable
from plugin.parts.part import Part
from plugin.paths import pack_dir, parts_dir

NEEDED = ("torch", "transformers", "onnx", "export")
PATIENCE = 30.0
"""Seconds that the process has to clean up when it is interrupted."""
TURN_SECONDS = 0.2
"""Between two looks whether it shall end."""


def missing_packages() -> list[str]:
    """Name what is not installed and installing a checkpoint needs."""
    return [name for name in NEEDED if find_spec(name) is None]


def install_command(name: str, *, source: str = "", offline: bool = False) -> list[str]:
    """Give the command that installs a checkpoint; its licence has been accepted.

    Parameters
    ----------
    name : str
        Of the catalogue, or of the user's own.
    source : str
        Repository on the hub, folder or file; the catalogue's where it is empty.
    offline : bool
        Use what was fetched before, and no network.
    """
    command = [sys.executable, "-m", "export.hub", "install", name, "--out", os.fspath(parts_dir())]
    command += ["--pack", os.fspath(pack_dir()), "--licence-accepted"]
    if source:
        command += ["--from", source]
    return [*command, "--offline"] if offline else command


def run_install(
    command: Sequence[str], on_line: Callable[[str], None], check: Callable[[], None] = lambda: None
) -> Part:
    """Run the installing process to its end; an interrupt is passed on, and waits until it has cleaned up.

    Parameters
    ----------
    command : sequence of str
        Prints JSON lines: {"line": TEXT} as it goes on, at the end {"done": FOLDER} or {"error": TEXT}.
    on_line : callable
        Is given each line of text.
    check : callable
        Called several times a second; what it raises ends the process as an interrupt does.

    Returns
    -------
    Part
        The installed part.

    Raises
    ------
    PackError
        Packages are missing, or what was installed is no part.
    CuefinderError
        What the process says went wrong.
    """
    missing = missing_packages()
    if missing:
        raise PackError(
            f"installing a checkpoint needs {', '.join(missing)}: install all of it with pip install 'cuefinder[train]'"
        )
    with tempfile.TemporaryFile() as stderr:
        with _start(command, stderr) as process:
            try:
                last = _follow(process, on_line, check)
            except BaseException:
                _interrupt(process)
                raise
        if "done" in last:
            return Part(Path(last["done"]))
        raise CuefinderError(str(last.get("error") or _died(process, stderr)))


def _start(command: Sequence[str], stderr: IO[bytes]) -> subprocess.Popen[str]:
    # A session of its own: Ctrl-C in the terminal would reach it twice, the second time in the midst of cleaning up.
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr, text=True, encoding="utf-8",
        errors="replace", start_new_session=os.name != "nt",
    )  # fmt: skip


def _follow(
    process: subprocess.Popen[str], on_line: Callable[[str], None], check: Callable[[], None]
) -> dict[str, Any]:
    """Give what the process said at its end; {} where it said nothing."""
    last: dict[str, Any] = {}
    assert process.stdout is not None
    for text in _lines(process.stdout, check):
        try:
            said = json.loads(text)
        except ValueError:  # a library's own words
            said = {"line": text.strip()}
        if not isinstance(said, dict):
            said = {"line": text.strip()}
        if "line" in said:
            on_line(str(said["line"]))
        else:
            last = said
    process.wait()
    return last


def _lines(stream: IO[str], check: Callable[[], None]) -> Iterator[str]:
    """Give lines as they come; no system lets go of the wait for one, so a thread of its own waits."""
    waiting: Queue[str | None] = Queue()

    def read() -> None:
        for line in stream:
            waiting.put(line)
        waiting.put(None)

    threading.Thread(target=read, name="install", daemon=True).start()
    while True:
        check()
        with suppress(Empty):
            line = waiting.get(timeout=TURN_SECONDS)
            if line is None:
                return
            yield line


def _interrupt(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        process.terminate() if os.name == "nt" else process.send_signal(signal.SIGINT)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _died(process: subprocess.Popen[str], stderr: IO[bytes]) -> str:
    stderr.seek(0)
    lines = stderr.read().decode("utf-8", "replace").strip().splitlines()
    why = printable(lines[-1]) if lines else "it said nothing"
    return f"installing ended without a result (status {process.returncode}: {why}); nothing was installed"
