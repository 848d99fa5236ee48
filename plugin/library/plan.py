"""What an index run has to do: the files found against the files known."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from plugin.library.lyrics_files import lyrics_stamp, same_words, seen_of
from plugin.library.records import KnownFile, Stamp
from plugin.library.scan import Scan, content_hash
from plugin.library.writer import FileChange


@dataclass(slots=True)
class Plan:
    """The work of one run.

    Parameters
    ----------
    to_read : dict of pathlib.Path to Stamp
        Files to decode: new, changed, with other lyrics beside them, or indexed with another pack.
    found : list of FileChange
        Known tracks whose file moved, came back or was touched, or whose lyrics file was, without a change of content.
    missing : list of int
        Tracks whose file is gone from a folder that is there.
    unchanged : int
        Files heard before that are as they were.
    still_failed : int
        Files that failed before and did not change since.
    moved, returned, stale : int
        Of the tracks above: how many have a new path, were missing, were indexed with another pack.
    """

    to_read: dict[Path, Stamp] = field(default_factory=dict)
    found: list[FileChange] = field(default_factory=list)
    missing: list[int] = field(default_factory=list)
    unchanged: int = 0
    still_failed: int = 0
    moved: int = 0
    returned: int = 0
    stale: int = 0


def make_plan(scan: Scan, known: Iterable[KnownFile], space: str, *, retry: bool = False) -> Plan:
    """Compare a scan with the library.

    Only files whose stamp is new are opened, and of those only the ones whose size a known track has.

    Parameters
    ----------
    scan : Scan
        The files found.
    known : iterable of KnownFile
        The files of the library, at least those that `plugin.library.tracks.known_about` gives for the scan.
    space : str
        Id of the embedding space in use; tracks of another one are read again.
    retry : bool
        Read files again that failed or were silent, though they did not change.
    """
    plan = Plan()
    by_path = {file.path: file for file in known}
    unseen = {path: file for path, file in by_path.items() if path not in scan.files}
    unseen_by_size: dict[int, list[KnownFile]] = {}
    for file in unseen.values():
        if file.space:  # else nothing is known of it that could be kept
            unseen_by_size.setdefault(file.stamp.size, []).append(file)
    for path, stamp in scan.files.items():
        old = by_path.get(path)
        if old is None:
            old = _moved_from(path, stamp, unseen_by_size.get(stamp.size, []))
            if old is not None:
                del unseen[old.path]
                unseen_by_size[stamp.size].remove(old)
        _plan_file(plan, path, stamp, scan.lyrics.get(path, ""), old, space, retry)
    for path, file in unseen.items():
        # A file may be there and yet unseen: one of another suffix that was indexed by its name.
        if file.status != "missing" and _covered(path, scan) and not os.path.lexists(path):
            plan.missing.append(file.id)
    return plan


def changed_paths(scan: Scan, known: Iterable[KnownFile], space: str) -> Iterator[Path]:
    """Give the paths at which the disk and the library may differ, by stamps alone: what a run would have to do."""
    unseen = dict(scan.files)
    for file in known:
        stamp = unseen.pop(file.path, None)
        if stamp is None:
            if file.status != "missing" and _covered(file.path, scan) and not os.path.lexists(file.path):
                yield file.path
        elif (
            stamp != file.stamp
            or file.status == "missing"
            or file.space not in ("", space)
            or (file.space and scan.lyrics.get(file.path, "") != seen_of(file.lyrics_stamp))
        ):
            yield file.path
    yield from unseen


def _covered(path: Path, scan: Scan) -> bool:
    """Say whether a file would have been seen if it were there."""
    return path in scan.complete or any(parent in scan.complete for parent in path.parents)


def _plan_file(
    plan: Plan, path: Path, stamp: Stamp, lyrics: str, old: KnownFile | None, space: str, retry: bool
) -> None:
    if old is None:
        plan.to_read[path] = stamp
        return
    if not old.space:
        if old.stamp != stamp or retry or old.status == "missing":
            plan.to_read[path] = stamp
        elif old.status == "silent":
            plan.unchanged += 1
        else:
            plan.still_failed += 1
        return
    if old.path == path and old.stamp != stamp and not _same_content(path, stamp, old):
        plan.to_read[path] = stamp
        return
    plan.moved += old.path != path
    plan.returned += old.path == path and old.status == "missing"
    kept, new_words = _lyrics_now(path, lyrics, old)
    if old.path != path or old.stamp != stamp or old.status == "missing" or old.lyrics_stamp != kept:
        plan.found.append(FileChange(old.id, path, stamp, kept))
    if old.space != space:
        plan.stale += 1
        plan.to_read[path] = stamp
    elif new_words:
        plan.to_read[path] = stamp
    else:
        plan.unchanged += 1


def _lyrics_now(path: Path, seen: str, old: KnownFile) -> tuple[str | None, bool]:
    """Give the stamp to note of the lyrics files, and whether they hold other words than when the track was heard."""
    known = old.lyrics_stamp
    if seen == seen_of(known):
        return known, False
    now = lyrics_stamp(path)
    if known is None or same_words(now, known):
        return now, False
    return known, True  # the new one is noted with the new words, also where this run is cut off


def _moved_from(path: Path, stamp: Stamp, candidates: list[KnownFile]) -> KnownFile | None:
    """Find the track whose file this was before it got another name; its old path must be gone."""
    for file in candidates:
        if not os.path.lexists(file.path) and _same_content(path, stamp, file):
            return file
    return None


def _same_content(path: Path, stamp: Stamp, old: KnownFile) -> bool:
    if stamp.size != old.stamp.size:
        return False
    try:
        return content_hash(path, stamp.size) == old.content_hash
    except OSError:  # it will be read as a new file, and the decoder says what is wrong
        return False
