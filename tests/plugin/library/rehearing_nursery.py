"""Kills processes that hear a library again and take it over, and looks after each kill whether all is whole.

A program of its own: ``python rehearing_nursery.py FOLDER KILLS SEED``. A child hears with the real `Rehearing`, but
for the listening itself, then takes over, and begins again for the next space; after a random time it gets SIGKILL.
Then every track of the library must be wholly of one space, and all of them of the same; of a track that is heard in
the second store all must be there; and nobody hears a track twice. The last line printed is a JSON object of counts.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import signal
import sqlite3
import sys
import time
import traceback
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from kill_nursery import watch_transactions
from store_material import VOCABULARY, analysis, mark_of, parts_of, vector_of

import plugin.library.rehearing as rehearing
from plugin.library.backups import second_store
from plugin.library.check import check
from plugin.library.marks import set_marks
from plugin.library.progress import IndexReport
from plugin.library.records import Stamp
from plugin.library.second_store import under_way
from plugin.library.store import Library
from plugin.library.writer import Analysis, save_track, save_vocabulary

SLOTS = 12
LONGEST = 0.25
OLD = 3
"""Generation of which titles are and stay."""


def space_of(generation: int) -> str:
    return f"space-{generation}"


def heard_as(generation: int, path: Path) -> Analysis:
    """What models of a generation hear in a file; what its tags say is always the same."""
    slot = int(path.stem)
    found = analysis(slot, generation, path, Stamp.of(path))
    return replace(found, info=analysis(slot, OLD).info)


class Listening:
    """Stands in for `IndexRun`: knows by itself what there is to hear."""

    def __init__(self, library: Library, engine: Any, **options: object) -> None:
        self.report = IndexReport()
        self._library, self._engine = library, engine

    def read(self, to_read: Mapping[Path, Stamp]) -> None:
        save_vocabulary(self._library, self._engine.space, VOCABULARY)
        for path in to_read:
            save_track(self._library, self._engine.space, VOCABULARY, heard_as(self._engine.generation, path))
            os.write(self._engine.journal, f"{self._engine.generation} {path.stem}\n".encode())


def generations(path: Path) -> dict[int, int]:
    """Read by slot which generation of models heard each track; asserts that all of it is of that one."""
    found: dict[int, int] = {}
    with closing(sqlite3.connect(path)) as store:
        rows = store.execute(
            "SELECT id, path, space, caption, tempo, duration, embedding FROM tracks WHERE space != ''"
        )
        for id_, file, space, caption, tempo, duration, embedding in rows.fetchall():
            slot, generation = int(Path(file).stem), int(space.removeprefix("space-"))
            made = analysis(slot, generation)
            assert (caption, tempo) == (made.features.caption, made.features.tempo), (slot, space, caption)
            assert duration == 10.0 * parts_of(generation)
            assert embedding == made.features.embedding.astype("<f2").tobytes()
            parts = store.execute(
                "SELECT idx, embedding FROM segments WHERE track_id = ? ORDER BY 1", (id_,)
            ).fetchall()
            wanted = [(i, vector_of(slot, generation, i).astype("<f2").tobytes()) for i in range(parts_of(generation))]
            assert parts == wanted, (slot, generation)
            (count, low, high) = store.execute(
                "SELECT count(*), min(score), max(score) FROM tags WHERE track_id = ?", (id_,)
            ).fetchone()
            assert (count, low, high) == (len(VOCABULARY.tags), float(made.features.tags[0]), low)
            words = store.execute("SELECT title, caption, lyrics FROM words WHERE rowid = ?", (id_,)).fetchall()
            assert words == [(f"Title {mark_of(slot, OLD)}", made.features.caption, made.lyrics)]
            assert slot not in found, f"slot {slot} is there twice"
            found[slot] = generation
    return found


class Nursery:
    """Runs and kills children in a folder."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder, self.path, self.rng = folder, folder / "library.db", random.Random(seed)
        self.marks = mmap.mmap(-1, 8)
        self.generation = OLD
        self.heard: set[tuple[int, int]] = set()
        self.counts = {"kills": 0, "inside_transaction": 0, "hearing": 0, "taken_over": 0, "went_on": 0, "left": 0}
        (folder / "music").mkdir()
        with Library(self.path, writable=True) as library:
            save_vocabulary(library, space_of(OLD), VOCABULARY)
            for slot in range(SLOTS):
                file = folder / "music" / f"{slot}.flac"
                file.write_bytes(b"%d" % slot)
                save_track(library, space_of(OLD), VOCABULARY, heard_as(OLD, file))
        for slot in range(SLOTS):
            set_marks(self.path, slot + 1, rating=slot % 6)

    def kill_one(self) -> None:
        """Start a child, kill it, and look."""
        journal = self.folder / "journal"
        journal.write_bytes(b"")
        self.marks[:3] = bytes(3)
        child = os.fork()
        if child == 0:
            self._live(journal)
        deadline = time.monotonic() + 60
        while self.marks[2] == 0:
            assert time.monotonic() < deadline, "the child does not begin"
            time.sleep(0.0005)
        time.sleep(self.rng.random() * LONGEST)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WIFSIGNALED(status), f"the child ended by itself: {status}"
        self.counts["kills"] += 1
        self.counts["inside_transaction"] += self.marks[1] > 0
        self._look(journal)

    def _live(self, journal: Path) -> None:
        try:
            watch_transactions(self.marks)
            rehearing.IndexRun = Listening  # type: ignore[assignment,misc]
            handle = os.open(journal, os.O_WRONLY | os.O_APPEND)
            self.marks[2] = 1
            for generation in range(self.generation + 1, 90):
                engine: Any = SimpleNamespace(space=space_of(generation), generation=generation, journal=handle)
                again = rehearing.Rehearing(self.path, engine)
                again.run()
                again.adopt()
        finally:
            if sys.exc_info()[1] is not None:
                traceback.print_exc()
            os._exit(1)

    def _look(self, journal: Path) -> None:
        second = second_store(self.path)
        found = under_way(self.path)
        with Library(self.path, writable=True):  # the locks are free
            pass
        assert check(self.path) == []
        now = generations(self.path)
        assert len(now) == SLOTS
        assert len(set(now.values())) == 1, now
        generation = now[0]
        assert generation >= self.generation, "what was taken over went away"
        self.counts["taken_over"] += generation - self.generation
        self.generation = generation
        with closing(sqlite3.connect(self.path)) as store:
            marks = dict(store.execute("SELECT track_id, rating FROM marks").fetchall())
            files = {int(Path(file).stem): id_ for id_, file in store.execute("SELECT id, path FROM tracks")}
        assert marks == {slot + 1: slot % 6 for slot in range(SLOTS)}
        assert files == {slot: slot + 1 for slot in range(SLOTS)}
        for line in journal.read_text().splitlines():
            number, slot = map(int, line.split())
            assert (number, slot) not in self.heard, f"{slot} was heard twice for {number}"
            self.heard.add((number, slot))
        if found is None:
            return
        there = generations(second)
        number = int(found.space.removeprefix("space-"))
        assert set(there.values()) <= {number}
        assert number in (generation, generation + 1)
        self.counts["hearing"] += number > generation
        self.counts["went_on"] += 0 < len(there) < SLOTS
        self.counts["left"] += number == generation  # killed between the taking over and the removal
        # what the child was about to note when it was killed
        self.heard |= {(number, slot) for slot in there}


def main() -> None:
    folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    nursery = Nursery(folder, seed)
    for _ in range(kills):
        if nursery.generation > 80:
            break
        nursery.kill_one()
    print(json.dumps(nursery.counts))


if __name__ == "__main__":
    main()
