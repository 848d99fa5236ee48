"""Copies of a session file in its folder, for Ardour to work on."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from opentimelineio.opentime import TimeRange

from host_bridge.ardour.luarun import again_after_crash, run_export
from host_bridge.ardour.programs import Found
from host_bridge.ardour.session import Session
from host_bridge.ardour.xmlfile import parse, write
from host_bridge.errors import HostError
from host_bridge.times import at_rate, end_of, seconds


@contextmanager
def copy_name(path: Path) -> Iterator[Path]:
    """A name for a copy, which is gone at the exit with all that Ardour put beside it."""
    copy = path.with_name(f"cuefinder-{secrets.token_hex(6)}.ardour")
    try:
        yield copy
    except OSError as error:
        what = f"{error.filename or path}: {error.strerror or error}"
        raise HostError("Ardour", f"{what}; nothing was changed") from error
    finally:
        for end in (".ardour", ".ardour.bak", ".history", ".history.bak"):
            copy.with_suffix(end).unlink(missing_ok=True)


def export(program: Found, session: Session, span: TimeRange, out: Path, timeline_track: str | None) -> Path:
    """Write the sound of a range to a new WAV file; the session, open in Ardour or not, stays as it is.

    Parameters
    ----------
    timeline_track : str, optional
        Name or id; all that is heard if not given.

    Raises
    ------
    HostError
    """
    track = next((t.id for t in session.tracks if timeline_track in (t.id, t.name)), None)
    if timeline_track is not None and track is None:
        raise HostError("Ardour", f"there is no timeline track {timeline_track}; read the timeline again")
    first, last = (int(at_rate(place, session.rate).value) for place in (seconds(span.start_time), end_of(span)))
    with copy_name(session.path) as copy:

        def run() -> Path:
            copy.unlink(missing_ok=True)
            write(parse(session.path), copy)
            run_export(program, copy, session.rate, out, (first, last), track)
            return out

        return again_after_crash(run)
