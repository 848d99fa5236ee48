"""Kills writers of a library over and over, and looks after each kill whether all is as before or as after.

A program of its own: ``python kill_nursery.py FOLDER KILLS SEED``. It forks a child that does random changes through
the real functions and notes each in a journal before and after; after a random time the child gets SIGKILL. Then the
library is opened again and compared with a model that replays the journal: the change that was cut off must be wholly
there or not at all, everything else must be as noted. The last line printed is a JSON object of counts.
"""

from __future__ import annotations

import copy
import json
import mmap
import os
import random
import signal
import sqlite3
import sys
import time
import traceback
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from old_stores import make_old
from sqlalchemy import Connection, Engine, NullPool, Pool, event
from store_material import FOLDER, SPACE, VOCABULARY, analysis, fill, mark_of, whole_tracks

from plugin.library.backups import back_up, backups
from plugin.library.check import check
from plugin.library.forgetting import forget
from plugin.library.marks import set_marks
from plugin.library.matrix import load_matrix
from plugin.library.records import Stamp
from plugin.library.relink import RelinkReport, relink
from plugin.library.replacing import restore
from plugin.library.store import Library
from plugin.library.writer import FileChange, save_track, save_unheard, save_vocabulary, update_files

SLOTS = 10
LONGEST = 0.15
"""Seconds from the first change of a child to its end; most die sooner."""
OTHER = Path("/moved")
Op = list[Any]
SAVE, UNHEARD, FORGET, MARK, FILES, RELINK, BACKUP, RESTORE, UPGRADE = range(9)
NAMES = ("save", "unheard", "forget", "mark", "files", "relink", "backup", "restore", "upgrade")
WEIGHTS = (8, 2, 3, 5, 3, 2, 2, 1, 1)


@dataclass
class Model:
    """What must be in the library; tracks by slot: [generation or None, place, missing, rating or None]."""

    tracks: dict[int, list[Any]] = field(default_factory=dict)
    backup: dict[int, list[Any]] | None = None
    forgotten: set[str] = field(default_factory=set)

    def apply(self, op: Op) -> Model:
        """Give the model after a change."""
        after = copy.deepcopy(self)
        tracks = after.tracks
        match op:
            case [0, slot, generation]:  # SAVE
                old = tracks.get(slot, [None, str(FOLDER), False, None])
                tracks[slot] = [generation, old[1], False, old[3]]
            case [1, slot]:
                old = tracks.get(slot, [None, str(FOLDER), False, None])
                tracks[slot] = [None, old[1], False, old[3]]
            case [2, slots]:
                for slot in slots:
                    track = tracks.pop(slot)
                    if track[0] is not None:
                        after.forgotten.add(mark_of(slot, track[0]))
            case [3, slot, rating]:
                tracks[slot][3] = rating
            case [4, moved, missing]:
                for slot, place in moved:
                    tracks[slot][1:3] = [place, False]
                for slot in missing:
                    tracks[slot][2] = True
            case [5, old, new]:
                for track in tracks.values():
                    if track[1] == old:
                        track[1] = new
                        track[2] = False
            case [6]:
                after.backup = copy.deepcopy(tracks)
            case [7]:
                assert after.backup is not None
                after.tracks = copy.deepcopy(after.backup)
                after.forgotten -= {mark_of(slot, track[0]) for slot, track in after.tracks.items()}
        return after

    def choose(self, rng: random.Random, generation: int) -> Op:
        """Make up the next change."""
        heard = [slot for slot, track in self.tracks.items() if track[0] is not None]
        known = list(self.tracks)
        kind = rng.choices(range(9), WEIGHTS)[0]
        if kind == FORGET and len(known) > 3:
            return [FORGET, rng.sample(known, rng.randint(1, 2))]
        if kind == MARK and known:
            return [MARK, rng.choice(known), rng.randint(0, 5)]
        if kind == FILES and len(heard) > 2:
            some = rng.sample(heard, 3)
            return [FILES, [[slot, rng.choice([str(FOLDER), str(OTHER)])] for slot in some[:2]], some[2:]]
        if kind == RELINK and heard:
            old = self.tracks[rng.choice(heard)][1]
            if all(track[0] is not None for track in self.tracks.values() if track[1] == old):
                return [RELINK, old, str(OTHER if old == str(FOLDER) else FOLDER)]
        if kind == RESTORE and self.backup is not None:
            return [RESTORE]
        if kind == UNHEARD:
            return [UNHEARD, rng.randrange(SLOTS)]
        if kind == BACKUP:
            return [BACKUP]
        if kind == UPGRADE:
            return [UPGRADE, rng.choice(["WAL", "DELETE"])]
        return [SAVE, rng.randrange(SLOTS), generation]


class Writer:
    """Does changes to the library in a folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "library.db"
        self.old, self.template = folder / "old.db", folder / "template"

    def do(self, op: Op, model: Model) -> None:
        """Do one change; the ids of slots are looked up first."""
        if op[0] in (BACKUP, RESTORE, UPGRADE, MARK):
            self._beside(op, model)
            return
        with Library(self.path, writable=True) as library:
            ids = slot_ids(self.path)
            match op:
                case [0, slot, generation]:
                    save_vocabulary(library, SPACE, VOCABULARY)  # a change of its own, of which nothing shows
                    save_track(library, SPACE, VOCABULARY, analysis(slot, generation, self._file(slot, model)))
                    load_matrix(library, SPACE)
                case [1, slot]:
                    save_unheard(library, analysis(slot, 0, self._file(slot, model)).file, "failed", "no sound")
                case [2, slots]:
                    forget(library, [ids[slot] for slot in slots])
                case [4, moved, missing]:
                    found = [FileChange(ids[s], Path(place) / f"{s}.flac", Stamp(1000 + s, 1)) for s, place in moved]
                    update_files(library, found, [ids[slot] for slot in missing])
                case [5, old, new]:
                    moving = [slot for slot, track in model.tracks.items() if track[1] == old]
                    found = [FileChange(ids[s], Path(new) / f"{s}.flac", Stamp(1000 + s, 1)) for s in moving]
                    relink(library, RelinkReport(Path(old), Path(new), found))

    def _beside(self, op: Op, model: Model) -> None:
        match op:
            case [3, slot, rating]:
                set_marks(self.path, slot_ids(self.path)[slot], rating=rating)
            case [6]:
                back_up(self.path, self.path.with_name("kept.db"))
            case [7]:
                restore(self.path, self.path.with_name("kept.db"))
            case [8, log]:
                for file in sorted(self.old.parent.glob("old.db*")):  # the library first
                    file.unlink()
                self.old.write_bytes(self.template.read_bytes())
                sqlite_rows(self.old, f"PRAGMA journal_mode = {log}")
                Library(self.old).close()

    def _file(self, slot: int, model: Model) -> Path:
        return Path(model.tracks.get(slot, [None, str(FOLDER)])[1]) / f"{slot}.flac"


def slot_ids(path: Path) -> dict[int, int]:
    with closing(sqlite3.connect(path)) as connection:
        return {int(Path(file).stem): id_ for id_, file in connection.execute("SELECT id, path FROM tracks")}


def state(path: Path) -> dict[int, list[Any]]:
    """Read what the model says of tracks from a library; asserts that none is half there, and none there twice."""
    heard = whole_tracks(path)
    found: dict[int, list[Any]] = {}
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT id, path, status, rating FROM tracks LEFT JOIN marks ON track_id = id ORDER BY id"
        ).fetchall()
    for id_, file, status, rating in rows:
        slot = int(Path(file).stem)
        assert slot not in found, f"slot {slot} is there twice"
        assert id_ not in heard or heard[id_][0] == slot
        generation = heard[id_][1] if id_ in heard else None
        found[slot] = [generation, str(Path(file).parent), status == "missing", rating]
    return found


def make_template(path: Path) -> None:
    """Make a library of version 1."""
    fill(path, 4)
    make_old(path, 1)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


class Nursery:
    """Runs and kills children in a folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.writer = Writer(folder)
        self.folder, self.rng = folder, random.Random(seed)
        self.model = Model()
        self.marks = mmap.mmap(-1, 8)  # shared with the child: is it inside a change, is it inside a transaction
        self.counts: dict[str, int] = {"kills": 0, "inside_change": 0, "inside_transaction": 0, "inside_commit": 0,
                                       "changes": 0, "kept": 0, "rolled_back": 0}  # fmt: skip
        self.killed: dict[str, int] = dict.fromkeys(NAMES, 0)
        self.revision = 0
        make_template(self.writer.template)
        fill(self.writer.path, 0)

    def kill_one(self, number: int) -> None:
        """Start a child, kill it, and compare."""
        journal = self.folder / "journal"
        journal.write_bytes(b"")
        self.marks[:3] = bytes(3)
        child = os.fork()
        if child == 0:
            self._live(journal, number)
        deadline = time.monotonic() + 60
        while self.marks[2] == 0:  # until its first change
            assert time.monotonic() < deadline, "the child does not begin"
            time.sleep(0.0005)
        time.sleep(self.rng.random() ** 2 * LONGEST)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"the child ended by itself: {status}"
        self.counts["kills"] += 1
        self.counts["inside_change"] += self.marks[0]
        self.counts["inside_transaction"] += self.marks[1] > 0
        self.counts["inside_commit"] += self.marks[1] == 2
        self._verify(journal)

    def _live(self, journal: Path, number: int) -> None:
        """Be the child: change the library until the end, which always comes from outside."""
        try:
            rng, model = random.Random(number), copy.deepcopy(self.model)
            marks = self.marks
            watch_transactions(marks)
            handle = os.open(journal, os.O_WRONLY | os.O_APPEND)
            for turn in range(1, 10_000):
                op = model.choose(rng, number * 100 + turn)
                os.write(handle, json.dumps(op).encode() + b"\n")
                marks[0] = marks[2] = 1
                self.writer.do(op, model)
                marks[0] = marks[1] = 0
                os.write(handle, b"done\n")
                model = model.apply(op)
        finally:
            if (error := sys.exc_info()[1]) is not None:
                traceback.print_exception(error)
            os._exit(1)

    def _verify(self, journal: Path) -> None:
        lines = journal.read_text().splitlines()
        pending: Op | None = None
        for line in lines:
            if line == "done":
                assert pending is not None
                self.model = self.model.apply(pending)
                self.counts["changes"] += 1
                pending = None
            else:
                pending = json.loads(line)
        before, after = self.model, self.model if pending is None else self.model.apply(pending)
        if pending is not None:
            self.killed[NAMES[pending[0]]] += 1
        path = self.writer.path
        with Library(path, writable=True) as library:  # the lock is free, and what was being erased is erased now
            revision = int(library.facts()["revision"])
            if SPACE in {row for (row,) in sqlite_rows(path, "SELECT DISTINCT space FROM vocabulary")}:
                self._check_matrix(library)
        assert check(path) == []
        found = state(path)
        kept = path.with_name("kept.db")
        copied = state(kept) if kept.exists() else None
        assert found in (before.tracks, after.tracks), f"{pending}: {found}\nnot {before.tracks}\nnor {after.tracks}"
        if pending is not None and before.tracks != after.tracks:
            self.counts["kept" if found == after.tracks else "rolled_back"] += 1
        assert copied in (before.backup, after.backup)
        self.model = after if (found, copied) == (after.tracks, after.backup) else before
        assert revision >= self.revision or any(line == json.dumps([RESTORE]) for line in lines)
        self.revision = revision
        for backup_file in [*backups(path)]:
            assert sqlite_rows(backup_file, "PRAGMA integrity_check") == [("ok",)]
            if self.rng.random() < 0.3:
                backup_file.unlink()  # so that the next child makes the backup of the day
        if self.writer.old.exists() and self.writer.old.stat().st_size:
            self._check_upgraded()
        self._check_forgotten()

    def _check_matrix(self, library: Library) -> None:
        spans = load_matrix(library, SPACE).spans
        expected = "SELECT track_id FROM segments JOIN tracks ON id = track_id WHERE status = 'indexed'"
        assert sorted(spans["track"].tolist()) == sorted(id_ for (id_,) in sqlite_rows(library.path, expected))

    def _check_upgraded(self) -> None:
        old = self.writer.old
        if old.read_bytes()[:16] != b"SQLite format 3\0" or old.stat().st_size < self.writer.template.stat().st_size:
            return  # killed while the template was copied
        Library(old).close()
        assert check(old) == []
        assert len(whole_tracks(old)) == 4
        bak = old.with_name("old.db.v1.bak")
        assert sqlite_rows(bak, "SELECT value FROM meta WHERE key = 'schema_version'") == [("1",)]
        assert len(whole_tracks(bak)) == 4

    def _check_forgotten(self) -> None:
        """Nothing of a forgotten track is in any file of the library, but in the copy that was made elsewhere."""
        alive = {mark_of(slot, track[0]) for slot, track in self.model.tracks.items() if track[0] is not None}
        words = [word.encode() for word in self.model.forgotten - alive]
        for file in self.folder.glob("library.db*"):
            data = file.read_bytes()
            left = [word for word in words if word in data]
            assert not left, f"{left} in {file.name}"


def watch_transactions(marks: mmap.mmap) -> None:
    """Note in the shared memory where in a writing transaction this process is: 1 before its commit, 2 in it."""

    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get("immediate") or isinstance(connection.engine.pool, NullPool):
            marks[1] = 1

    def commit(connection: Connection) -> None:
        marks[1] = 2 if marks[1] else 0

    def end(*values: object) -> None:
        marks[1] = 0

    event.listen(Engine, "begin", begin)
    event.listen(Engine, "commit", commit)
    event.listen(Pool, "checkin", end)


def sqlite_rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def main() -> None:
    folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    nursery = Nursery(folder, seed)
    began = time.monotonic()
    for number in range(1, kills + 1):
        nursery.kill_one(seed * 100_000 + number)
    print(json.dumps(nursery.counts | {"killed_in": nursery.killed, "seconds": time.monotonic() - began}))


if __name__ == "__main__":
    main()
