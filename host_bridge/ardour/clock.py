"""Ardour's times: superclock ticks of audio time (``a282240000``), ticks of musical time (``b1920``), plain samples."""

from __future__ import annotations

import bisect
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from fractions import Fraction

SUPERCLOCK = 282_240_000
"""Ticks of audio time per second."""
TICKS = 1920
"""Ticks of musical time per quarter note."""


@dataclass(frozen=True)
class Tempo:
    """A tempo from a place on.

    Attributes
    ----------
    quarters : Fraction
        Quarter notes from the start.
    seconds : Fraction
        The same place.
    pace : Fraction
        Seconds per quarter note.
    """

    quarters: Fraction
    seconds: Fraction
    pace: Fraction


class Clock:
    """Times of one session in seconds.

    Musical time inside of a tempo ramp is reckoned between the ramp's ends as if the tempo were even; at the ends and
    everywhere else it is exact.
    """

    def __init__(self, root: ET.Element, rate: int) -> None:
        self.rate = rate
        found = root.find("TempoMap")
        self.superclock = int(found.get("superclocks-per-second") or SUPERCLOCK) if found is not None else SUPERCLOCK
        self._tempos = sorted(
            (self._tempo(t) for t in root.iterfind("TempoMap/Tempos/Tempo")), key=lambda t: t.quarters
        )
        if not self._tempos:
            self._tempos = [Tempo(Fraction(0), Fraction(0), Fraction(1, 2))]  # 120 beats per minute

    def _tempo(self, node: ET.Element) -> Tempo:
        beats, _, ticks = node.attrib.get("quarters", "0:0").partition(":")
        per_minute = Fraction(node.attrib.get("npm", "120"))
        if per_minute <= 0:
            raise ValueError("a tempo is not above zero")
        pace = Fraction(60) / per_minute * Fraction(node.attrib.get("note-type", "4")) / 4
        start = Fraction(int(node.attrib.get("sclock", "0")), self.superclock)
        return Tempo(int(beats) + Fraction(int(ticks or 0), TICKS), start, pace)

    def at(self, text: str) -> Fraction:
        """A place in seconds.

        Raises
        ------
        ValueError
        """
        if text.startswith("a"):
            return Fraction(int(text[1:]), self.superclock)
        if text.startswith("b"):
            return self._musical(Fraction(int(text[1:]), TICKS))
        return Fraction(int(text), self.rate)

    def span(self, text: str) -> tuple[Fraction, Fraction | None]:
        """A duration and its place in seconds: ``a141120000@a282240000``; None where it has no place."""
        length, has, place = text.partition("@")
        start = self.at(place) if has else None
        if length.startswith("b") and start is not None:
            end = self._musical(self._quarters(start) + Fraction(int(length[1:]), TICKS))
            return end - start, start
        return self.at(length), start

    def _musical(self, quarters: Fraction) -> Fraction:
        index = max(bisect.bisect_right([t.quarters for t in self._tempos], quarters) - 1, 0)
        tempo, later = self._tempos[index], self._tempos[index + 1 :][:1]
        pace = tempo.pace
        if later and later[0].quarters > tempo.quarters:
            pace = (later[0].seconds - tempo.seconds) / (later[0].quarters - tempo.quarters)
        return tempo.seconds + (quarters - tempo.quarters) * pace

    def _quarters(self, seconds: Fraction) -> Fraction:
        index = max(bisect.bisect_right([t.seconds for t in self._tempos], seconds) - 1, 0)
        tempo, later = self._tempos[index], self._tempos[index + 1 :][:1]
        pace = tempo.pace
        if later and later[0].quarters > tempo.quarters:
            pace = (later[0].seconds - tempo.seconds) / (later[0].quarters - tempo.quarters)
        return tempo.quarters + (seconds - tempo.seconds) / pace
