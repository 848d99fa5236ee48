"""A step of a pipeline: bounded, in order, and gone when its block ends, however that ends."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from plugin.library.stage import Stage, StoppedError

PATIENCE = 60.0


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


class Gate:
    """Work that waits until it is let through."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.began, self.open = threading.Event(), threading.Event()

    def __call__(self, items) -> None:
        self.began.set()
        assert self.open.wait(PATIENCE)
        self.done += items


def test_all_is_done_in_order_at_the_end_of_the_block() -> None:
    done: list[int] = []
    with Stage("test", done.extend, room=3) as stage:
        for number in range(50):
            stage.put(number)
    assert done == list(range(50))


def test_who_puts_waits_while_the_work_is_slow() -> None:
    gate, put = Gate(), []

    def feed(stage) -> None:
        for number in range(9):
            stage.put(number)
            put.append(number)

    with Stage("test", gate, room=3) as stage:
        feeder = threading.Thread(target=feed, args=(stage,))
        feeder.start()
        assert gate.began.wait(PATIENCE)
        feeder.join(0.5)
        assert len(put) <= 4  # one in work, three waiting
        gate.open.set()
        feeder.join(PATIENCE)
        assert put == list(range(9))
    assert gate.done == list(range(9))


def test_waiting_items_are_worked_on_together_up_to_a_portion() -> None:
    gate, portions = Gate(), []

    def work(items) -> None:
        portions.append(list(items))
        gate(items)

    with Stage("test", work, room=100, portion=lambda: 8, weight=float) as stage:
        stage.put(1)
        assert gate.began.wait(PATIENCE)
        for weight in (3, 5, 1, 0, 20, 2):
            stage.put(weight)
        gate.open.set()
    assert portions == [[1], [3, 5], [1, 0], [20], [2]]


def test_item_heavier_than_the_room_waits_alone() -> None:
    done: list[int] = []
    with Stage("test", done.extend, room=2, weight=float) as stage:
        for weight in (5, 1, 7):
            stage.put(weight)
    assert done == [5, 1, 7]


def test_failed_work_fails_those_who_put_and_the_block() -> None:
    def work(items) -> None:
        raise LookupError("broken")

    with pytest.raises(LookupError, match="broken"), Stage("test", work, room=1) as stage:
        for number in range(9):
            stage.put(number)
    with pytest.raises(LookupError, match="broken"), Stage("test", work, room=9) as stage:
        stage.put(1)


def test_who_waits_for_room_is_told_of_the_failure() -> None:
    gate = Gate()

    def work(items) -> None:
        gate(items)
        raise LookupError("broken")

    told: list[BaseException] = []

    def feed(stage) -> None:
        try:
            for number in range(9):
                stage.put(number)
        except LookupError as error:
            told.append(error)

    with pytest.raises(LookupError), Stage("test", work, room=1) as stage:
        feeder = threading.Thread(target=feed, args=(stage,))
        feeder.start()
        assert gate.began.wait(PATIENCE)
        gate.open.set()
        feeder.join(PATIENCE)
    assert len(told) == 1


def test_error_in_the_block_drops_what_waits_and_finishes_what_is_done() -> None:
    gate = Gate()
    with pytest.raises(KeyboardInterrupt), Stage("test", gate, room=9) as stage:
        stage.put(1)
        assert gate.began.wait(PATIENCE)
        stage.put(2)
        gate.open.set()
        stage.stop()
        raise KeyboardInterrupt
    assert gate.done == [1]
    with pytest.raises(StoppedError):
        stage.put(3)


def test_stage_before_one_that_was_stopped_ends_without_a_word() -> None:
    with Stage("second", lambda items: None, room=1) as second:
        with Stage("first", lambda items: second.put(1), room=1) as first:
            second.stop()
            first.put(1)
            while first.wait(0.05):
                pass
        with pytest.raises(StoppedError):
            first.put(2)


def test_waiting_tells_whether_anything_is_left() -> None:
    gate = Gate()
    with Stage("test", gate, room=9) as stage:
        assert not stage.wait(0.01)
        stage.put(1)
        assert stage.wait(0.01)
        gate.open.set()
        while stage.wait(0.05):
            pass
        assert gate.done == [1]
