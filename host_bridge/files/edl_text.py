"""The lines of an edit decision list: `add_event` puts a new one where its channel's order has it."""

from __future__ import annotations

import re

EVENT = re.compile(r"^\d+\s", re.MULTILINE)
TIME = re.compile(r"\b(\d\d):(\d\d):(\d\d)([:;])(\d\d)\b")
BEFORE = ("SPLIT", "FCM")
"""Lines that belong to the event after them."""


def add_event(text: str, event: list[str], channel: str, record_in: str) -> str:
    """Add an event: before the first one of its channel that begins later, and those from there on count one more.

    Parameters
    ----------
    text : str
        The list.
    event : list of str
        The event's line, with any number, and its comments.
    channel, record_in : str
        As they stand in the event's line; a channel's events have to be in order of time.
    """
    lines = text.rstrip().split("\n")
    place, number = _place(lines, channel, record_in)
    renumbered = [_count_on(line) if index >= place else line for index, line in enumerate(lines)]
    head = re.sub(r"^\d+", f"{number:03d}", event[0])
    return "\n".join([*renumbered[:place], head, *event[1:], *renumbered[place:]]) + "\n"


def _place(lines: list[str], channel: str, record_in: str) -> tuple[int, int]:
    """Index of the line before which an event goes, and its number."""
    numbers = [0]
    group = 0
    for index, line in enumerate(lines):
        if not EVENT.match(line):
            continue
        words = line.split()
        if int(words[0]) != numbers[-1]:  # a transition's two lines have one number, and stay together
            numbers.append(int(words[0]))
            group = index
        times = TIME.findall(line)
        if (
            len(words) > 2
            and words[2] == channel
            and len(times) == 4
            and _time(times[2]) >= _time(TIME.findall(record_in)[0])
        ):
            while group and lines[group - 1].startswith(BEFORE):
                group -= 1
            return group, numbers[-1]
    return len(lines), max(numbers) + 1


def _time(found: tuple[str, ...]) -> tuple[int, ...]:
    hours, minutes, seconds, _, frames = found
    return int(hours), int(minutes), int(seconds), int(frames)


def _count_on(line: str) -> str:
    found = re.match(r"(\d+)(?=\s)", line)
    return f"{int(found[1]) + 1:0{len(found[1])}d}{line[found.end() :]}" if found else line
