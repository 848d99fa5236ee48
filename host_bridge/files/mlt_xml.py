"""The grammar of MLT XML: properties, times, services by id, and where media lie. Kdenlive and Shotcut write it too."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from host_bridge.files.mlt_times import frames, rate_of_profile
from host_bridge.files.xmldoc import children, put_at

PRODUCERS = ("producer", "chain")
SERVICES = (*PRODUCERS, "playlist", "tractor")
BLACK = {"black", "#000000", "#ff000000", "0", "0x000000ff", "#00000000", "transparent"}


def prop(element: ET.Element, name: str) -> str | None:
    """The value of a property."""
    for child in children(element, "property"):
        if child.get("name") == name:
            return child.text or ""
    return None


def set_prop(element: ET.Element, name: str, value: object) -> None:
    """Set a property; a new one comes before all other children, as MLT's own files have it."""
    for child in children(element, "property"):
        if child.get("name") == name:
            child.text = str(value)
            return
    put_at(element, sum(1 for _ in children(element, "property")), "property", str(value), name=name)


class Mlt:
    """The services of an MLT document.

    Attributes
    ----------
    root : Element
    rate : Fraction
        Frames per second of its profile; 25 where it has none, as MLT has it.
    main : Element
        The tractor (or single playlist) that is the timeline.
    """

    def __init__(self, root: ET.Element, folder: Path) -> None:
        self.root = root
        self.folder = folder
        self.rate = rate_of_profile(root)
        self.services = {e.get("id", ""): e for e in root.iter() if e.tag in SERVICES and e.get("id")}
        self.main = self._main()
        self._lengths: dict[int, int] = {}
        self._clips: dict[int, int] = {}

    def service(self, reference: ET.Element) -> ET.Element:
        """What an entry or track refers to, or has inside.

        Raises
        ------
        ValueError
            It is not there.
        """
        name = reference.get("producer")
        if name is None:
            inner = next(children(reference, *SERVICES), None)
            if inner is not None:
                return inner
        found = self.services.get(name or "")
        if found is None:
            raise ValueError(f"it refers to {str(name)[:40]!r}, which is not in it")
        return found

    def tracks(self, tractor: ET.Element) -> list[ET.Element]:
        """The track elements of a tractor, lowest first."""
        multitrack = next(children(tractor, "multitrack"), None)
        return list(children(tractor if multitrack is None else multitrack, "track"))

    def _main(self) -> ET.Element:
        tractors = list(children(self.root, "tractor"))
        for tractor in tractors:
            inside = self.tracks(tractor)
            if prop(tractor, "kdenlive:projectTractor") == "1" and inside:  # from 23.04: it plays one sequence
                return self.service(inside[-1])
        if tractors:
            return tractors[-1]
        playlists = list(children(self.root, "playlist"))
        if not playlists:
            raise ValueError("it has no timeline in it (no tractor and no playlist)")
        return playlists[-1]

    def is_background(self, service: ET.Element) -> bool:
        """Whether it is the black behind everything, which is no timeline track for users."""
        if service.tag == "playlist":
            entries = list(children(service, "entry"))
            return service.get("id") == "background" or (
                len(entries) == 1 and not list(children(service, "blank"))
                and service.get("id") in ("black", "black_track") and self.is_background(self.service(entries[0]))
            )  # fmt: skip
        return (
            service.tag in PRODUCERS
            and prop(service, "mlt_service") in ("color", "colour", None)
            and (prop(service, "resource") or "").lower() in BLACK
        )

    def bounds(self, element: ET.Element, service: ET.Element) -> tuple[int, int]:
        """First frame and number of frames that an entry or track plays of a service.

        Raises
        ------
        ValueError
            It does not say how long it is, or ends before it begins.
        """
        first = frames(element.get("in"), self.rate)
        last = frames(element.get("out"), self.rate)
        start = first if first is not None else (frames(service.get("in"), self.rate) or 0)
        if last is None:
            last = frames(service.get("out"), self.rate)
        if last is None and (length := frames(prop(service, "length"), self.rate)) is not None:
            last = length - 1
        if last is None and service.tag in ("playlist", "tractor"):
            last = self.length(service) - 1
        if last is None:
            raise ValueError("it does not say how long one of its clips is")
        if last < start:
            raise ValueError("one of its clips ends before it begins")
        return start, last - start + 1

    def length(self, service: ET.Element) -> int:
        """Frames of a playlist or tractor; reckoned once each, so that deep nesting costs nothing."""
        known = self._lengths.get(id(service))
        if known is not None:
            if known < 0:
                raise ValueError("one of its timelines has itself inside")
            return known
        self._lengths[id(service)] = -1
        if service.tag == "playlist":
            total = sum(self.step(child) for child in children(service, "entry", "blank"))
        else:
            inside = [(track, self.service(track)) for track in self.tracks(service)]
            total = max((self.bounds(track, s)[1] for track, s in inside if not self.is_background(s)), default=1)
        self._lengths[id(service)] = total
        return total

    def known_length(self, producer: ET.Element) -> int | None:
        """Frames of a producer's media; None where it does not say, or has no end (Kdenlive writes 2147483647)."""
        try:
            return frames(prop(producer, "length"), self.rate)
        except ValueError:
            return None

    def clips(self, service: ET.Element) -> int:
        """How many clips come out of a service, those of all that is nested in it counted; it does not make them."""
        known = self._clips.get(id(service))
        if known is None:
            self._clips[id(service)] = 1  # one that has itself inside is refused where its length is reckoned
            if service.tag == "playlist":
                entries = children(service, "entry")
                known = sum(self.clips(self.service(entry)) * self.repeats(entry) for entry in entries)
            else:
                known = sum(self.clips(self.service(track)) for track in self.tracks(service))
            known = max(1, known)
            self._clips[id(service)] = known
        return known

    def forget_lengths(self) -> None:
        """After a playlist was changed."""
        self._lengths.clear()

    def step(self, child: ET.Element) -> int:
        """Frames that an entry or blank of a playlist takes."""
        if child.tag == "blank":
            return max(frames(child.get("length"), self.rate) or 0, 0)
        return self.bounds(child, self.service(child))[1] * self.repeats(child)

    def repeats(self, entry: ET.Element) -> int:
        """How often an entry plays."""
        repeat = max(frames(entry.get("repeat"), self.rate) or 1, 1)
        if repeat > 1000:
            raise ValueError("a clip repeats more than 1000 times")
        return repeat
