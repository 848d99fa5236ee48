"""Keeping the library in order, what its copies are called, and what a repair did; calls may take long."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from plugin.errors import InputError, printable

if TYPE_CHECKING:
    from plugin.library.rebuilding import RepairReport

_DATED = re.compile(r"\.(\d{8}-\d{6})\.bak$")


def problems(library: Path) -> list[str]:
    """Give what is wrong with a library; raises StoreError, InputError."""
    from plugin.library.check import check

    return check(library)


def backed_up(library: Path) -> Path:
    """Copy a library beside itself, checked; raises StoreError, and InputError where there is none."""
    from plugin.library.backups import back_up

    if not library.exists():
        raise InputError(f"there is no library at {printable(library)}: add a folder first")
    return back_up(library)


def copies(library: Path) -> list[Path]:
    """Give the backups that there are, the last one first."""
    from plugin.library.backups import backups

    return backups(library)


def repaired(library: Path) -> RepairReport:
    """Make a sound library of what can be read of a damaged one; raises StoreError, InputError."""
    from plugin.library.repair import repair

    return repair(library)


def restored(library: Path, backup: Path) -> Path | None:
    """Make a library what it was at a backup; gives where it is kept as it is now. Raises StoreError, InputError."""
    from plugin.library.replacing import restore

    return restore(library, backup)


def backup_words(backup: Path) -> str:
    """Say of when a backup is, in local time, or which one it is."""
    found = _DATED.search(backup.name)
    if found is None:
        return printable(backup.name)
    moment = datetime.strptime(found[1], "%Y%m%d-%H%M%S").replace(tzinfo=UTC).astimezone()
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def repair_words(report: RepairReport) -> str:
    """Say in a line what a repair did."""
    if report.damaged is None:
        return "the library is sound: there is nothing to repair"
    words = [f"{report.kept} tracks are as they were"]
    if report.again:
        words.append(f"{len(report.again)} must be heard again")
    words += [f"lost: {count or 'an unknown number of'} {what}" for what, count in report.lost.items()]
    return f"{', '.join(words)}; the damaged library is kept as {printable(report.damaged)}"
