"""What the corpus holds: one item for each piece to render or recording to decode."""

from __future__ import annotations

import random
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from plugin.synth.styles import STYLES

AUDIO = (".ogg", ".mp3", ".flac", ".opus", ".m4a", ".wav")
TEST_PARTS = ("wesnoth", "Kevin_MacLeod", "Karissa_Hobbs")
"""Recordings with one of these in their path are only ever tested on."""
SUNG_GENRES = {"pop", "rock", "soul", "folk", "country", "jazz", "blues", "funk", "disco", "reggae", "latin", "metal",
               "punk", "bossa nova", "hip hop", "house", "dance", "synthwave"}  # fmt: skip
COMMON_PROGRAMS = (0, 4, 6, 16, 21, 22, 24, 25, 26, 29, 30, 32, 33, 36, 38, 40, 42, 46, 48, 52, 53, 56, 57, 60, 65, 68,
                   70, 71, 73, 75, 80, 89, 104, 105, 109)  # fmt: skip
"""General MIDI programs that editors meet most: they get three times the stems."""
KITS = (0, 8, 16, 24, 25, 32, 40, 48)


@dataclass(frozen=True)
class Item:
    """One thing to render or decode.

    Attributes
    ----------
    kind : str
        "arranged", "sung", "stem", "midi" or "recording".
    name : str
        Style and number, program and number, or path.
    """

    kind: str
    name: str

    @property
    def file(self) -> str:
        """Name of the item's files in the corpus."""
        return f"{self.kind}-{zlib.crc32(self.name.encode()):08x}.npz"

    @property
    def test_only(self) -> bool:
        """Whether the item is a recording kept for the real-music tests, whole albums and artists apart."""
        return self.kind == "recording" and any(part in self.name for part in TEST_PARTS)

    @property
    def held_out(self) -> bool:
        """Whether the item is not learnt from: the test recordings, and one piece in eight of the rest.

        A recording is known by its file name, so that the same piece in two folders is on one side.
        """
        return self.test_only or self._draw % 8 == 0

    @property
    def calibrates(self) -> bool:
        """Whether the item sets the scores' calibration: half of what is held out, but no test recording."""
        return not self.test_only and self._draw % 16 == 0

    @property
    def _draw(self) -> int:
        key = Path(self.name).name if self.kind == "recording" else self.name
        return zlib.crc32(key.encode())


def plan(data: Path, recordings: list[Path], *, per_style: int, most: int | None = None, seed: int = 0) -> list[Item]:
    """List what the corpus holds, in an order that mixes all kinds.

    Parameters
    ----------
    data : Path
        Folder of the developers' data.
    recordings : list of Path
        Folders of further music, searched with all that is below them.
    per_style : int
        Arrangements of each style, and stems of each program; half as many again are sung where the style's genre is.
    most : int, optional
        List no more than these, of all kinds alike.
    """
    rng = random.Random(seed)
    items = [Item("arranged", f"{style}#{n}") for style in STYLES for n in range(per_style)]
    sung = [style for style in STYLES if SUNG_GENRES & set(STYLES[style].genre)]
    items += [Item("sung", f"{style}#{n}") for style in sung for n in range(per_style // 2)]
    for program in range(120):
        count = per_style * (3 if program in COMMON_PROGRAMS else 1)
        items += [Item("stem", f"program {program}#{n}") for n in range(count)]
    items += [Item("stem", f"kit {kit}#{n}") for kit in KITS for n in range(per_style)]
    items += [Item("midi", str(path)) for path in sorted((data / "midi/freedoom").glob("*.mid"))]
    pop = sorted((data / "midi/pop909").glob("*.mid"))
    items += [Item("midi", str(path)) for path in rng.sample(pop, min(7 * per_style, len(pop)))]
    for folder in (data / "audio", *recordings):
        items += [Item("recording", str(p)) for p in sorted(folder.rglob("*")) if p.suffix.lower() in AUDIO]
    rng.shuffle(items)
    if most is None:
        return items
    place = Counter[str]()
    turns = []
    for item in items:
        turns.append(place[item.kind])
        place[item.kind] += 1
    return [items[i] for i in sorted(range(len(items)), key=lambda i: turns[i])[:most]]
