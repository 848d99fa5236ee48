"""When a changed file is taken to be at rest; times are made up, so nothing waits."""

from __future__ import annotations

from pathlib import Path

import pytest

from plugin.library.records import Stamp
from plugin.library.settle import PATIENCE, Settling

A, B, C = Path("/a"), Path("/b"), Path("/c")
REST = 3.0


@pytest.fixture
def disk() -> dict[Path, Stamp]:
    return {A: Stamp(1, 1), B: Stamp(2, 2)}


@pytest.fixture
def settling(disk) -> Settling:
    return Settling(REST, disk.get)


def test_a_file_is_given_once_after_its_rest(settling) -> None:
    settling.note(A, 0.0)
    assert settling.take(2.9) == []
    assert settling.take(3.0) == [A]
    assert settling.take(9.0) == []
    assert len(settling) == 0


def test_a_file_still_being_written_is_held_though_no_event_comes(settling, disk) -> None:
    settling.note(A, 0.0)
    for second in range(1, 20):
        disk[A] = Stamp(1 + second, 1)
        assert settling.take(second * 3.0) == []
    assert settling.take(60.0) == [A]


def test_every_event_postpones(settling) -> None:
    for second in range(10):
        settling.note(A, float(second))
        assert settling.take(second + 0.5) == []
    assert settling.take(12.0) == [A]


def test_a_walk_that_finds_a_file_again_does_not_postpone_it(settling) -> None:
    for second in range(3):
        settling.suspect(A, float(second))
    assert settling.take(3.0) == [A]
    settling.suspect(A, 3.0)
    assert settling.take(6.0) == [A]


def test_a_file_that_goes_and_comes_is_no_loss(settling, disk) -> None:
    settling.note(A, 0.0)
    del disk[A]
    assert settling.take(3.0) == []
    disk[A] = Stamp(1, 1)
    assert settling.take(6.0) == []
    assert settling.take(9.0) == [A]


def test_both_ends_of_a_move_come_together(settling, disk) -> None:
    disk[C] = disk.pop(A)
    settling.note(A, 0.0)
    settling.note(C, 0.0)
    assert set(settling.take(3.0)) == {A, C}


def test_a_burst_is_one_batch(settling, disk) -> None:
    files = [Path(f"/{number}") for number in range(1000)]
    disk.update(dict.fromkeys(files, Stamp(1, 1)))
    for number, path in enumerate(files):
        settling.note(path, number / 100)
        assert settling.take(number / 100) == []
    assert settling.take(13.0) == files


def test_a_burst_without_end_does_not_put_off_the_first_files_for_ever(settling, disk) -> None:
    taken: list[Path] = []
    at = 0.0
    while not taken:
        path = Path(f"/{at}")
        disk[path] = Stamp(1, 1)
        settling.note(path, at)
        at += 1.0
        taken = settling.take(at)
        assert at < 2 * PATIENCE * REST
    assert Path("/0.0") in taken


def test_a_recording_that_goes_on_holds_up_no_other_file(settling, disk) -> None:
    settling.note(B, 0.0)
    for step in range(30):
        disk[A] = Stamp(step, step)
        settling.note(A, step / 5)
    assert settling.take(6.0) == [B]


def test_memory_is_bounded_and_says_when_it_was_too_small(disk) -> None:
    settling = Settling(REST, disk.get, most=2)
    for number in range(1000):
        settling.note(Path(f"/{number}"), 0.0)
    assert (len(settling), settling.full) == (2, True)
    assert len(settling.take(4.0)) == 2
