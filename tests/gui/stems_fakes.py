"""Files with tones in them, and a stand-in for listening that goes by their names."""

from __future__ import annotations

import threading
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from plugin.library.records import TagScore
from plugin.stems import Bleed, Stem
from plugin.stems.folder import StemFolder
from plugin.stems.naming import names_beside, numbered

STEMS = {
    "Audio 1": Stem("drums", "drums", False, (TagScore("drums", "instrument", 0.9),), 4.0, 120.0, None, -14.2, 0.25,
                    None, "The beat of drums.", bytes(range(0, 200, 2))),
    "Audio 2": Stem("lead", "flute", False, (TagScore("flute", "instrument", 0.8),), 4.0, 119.6, "A minor", -20.0, 0.5,
                    Bleed(0, -31.0), "A <b>flute</b> melody.", bytes(100)),
    "Audio 3": Stem("unknown", "", False, (), 4.0),
}  # fmt: skip


def write_tone(path: Path, frequency: float, seconds: float = 4.0) -> Path:
    """Write mono 16-bit WAV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(round(seconds * 16000)) / 16000
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes((12000 * np.sin(2 * np.pi * frequency * time)).astype("<i2").tobytes())
    return path


class FakeEngines:
    """Models that are never used."""

    def engine(self, cancellation: object) -> object:
        return object()


class FakeListening:
    """Stands in for `plugin.stems.folder.listen_to_files`; waits at its gate before the second file."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.waiting = threading.Event()
        self.threads: set[int] = set()

    def __call__(self, engine: Any, files: Sequence[Path], on_file: Callable[[int, Path], None]) -> StemFolder:
        self.threads.add(threading.get_ident())
        found = StemFolder()
        for number, path in enumerate(files):
            if number == 1:
                self.waiting.set()
                assert self.gate.wait(20)
            on_file(number, path)
            if path.stem in STEMS:
                found.paths.append(path)
                found.stems.append(STEMS[path.stem])
            else:
                found.problems.append((path, "not a media file, or damaged beyond reading"))
        order = numbered(found.stems)
        found.paths, found.stems = [found.paths[n] for n in order], [found.stems[n] for n in order]
        found.taken = names_beside(found.paths)
        return found
