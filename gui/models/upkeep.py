"""Keeping the library in order: what its copies are called, and what a repair did."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from plugin.errors import printable
from plugin.library.rebuilding import RepairReport

_DATED = re.compile(r"\.(\d{8}-\d{6})\.bak$")


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
