"""Checks of the whole installation: what is installed, what is in use, and what is wrong."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import plugin
from plugin.errors import CuefinderError, printable
from plugin.runtime.account import accelerators, cache_account, cuda_account

CODECS = ("aac", "alac", "flac", "mp3", "opus", "pcm_s16le", "pcm_s24le", "pcm_f32le", "vorbis", "wmav2")
VIDEO_CODECS = ("av1", "h264", "hevc", "mpeg4", "prores", "vp8", "vp9")


@dataclass(frozen=True, slots=True)
class Report:
    """What the doctor found.

    Attributes
    ----------
    sections : dict
        Names and values by section: "versions", "pack", "device", "graphs" (where each one runs), "cuda" (what it needs
        and lacks), "cache" (of optimised graphs), "library", "decoder".
    problems : list of str
        A line for each thing that is wrong, with what to do.
    """

    sections: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """The whole in three words."""
        return "something is wrong" if self.problems else "all is well"

    def rows(self) -> Iterator[tuple[str, list[tuple[str, str]]]]:
        """Go through the sections, values as text."""
        for section, values in self.sections.items():
            yield section, [(name, _text(value)) for name, value in values.items()]


def examine(library: Path, pack: Path | None = None, device: str = "auto") -> Report:
    """Check everything; takes a second or two, as models are loaded.

    Parameters
    ----------
    library : pathlib.Path
        File of the library; it need not exist.
    pack : pathlib.Path, optional
        Folder of the model pack; the shipped one by default.
    device : str
        "auto", "cpu" or "cuda".
    """
    report = Report()
    report.sections["versions"] = _versions()
    pack_section, device_section, graphs = _models(pack, device, report.problems)
    report.sections.update(pack=pack_section, device=device_section, graphs=graphs)
    report.sections.update(cuda=cuda_account(), cache=cache_account())
    report.sections["library"] = _library(library, report.problems)
    report.sections["decoder"] = _decoder(report.problems)
    return report


def _versions() -> dict[str, str | None]:
    """Give the versions of Python and of every package that Cuefinder runs on; None for a missing one."""
    versions: dict[str, str | None] = {
        "cuefinder": plugin.__version__,
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    for requirement in metadata.requires("cuefinder") or []:
        name = re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0]
        elsewhere = "platform_system" in requirement and ("!=" in requirement) == (sys.platform == "darwin")
        if "extra ==" in requirement or elsewhere:
            continue
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    return versions


def _models(folder: Path | None, device: str, problems: list[str]) -> tuple[dict[str, Any], ...]:
    import onnxruntime

    from plugin.runtime.engine import Engine

    use: dict[str, Any] = {
        "providers": onnxruntime.get_available_providers(), "accelerators": accelerators(), "in_use": None, "why": None,
        "asked_for": device,
    }  # fmt: skip
    try:
        engine = Engine(folder, device)
    except CuefinderError as error:
        problems.append(str(error))
        return {"state": "unusable"}, use, {}
    damaged = engine.pack.problems()
    problems += [*damaged, *engine.problems, *(line for part in engine.parts.values() for line in part.pack.problems())]
    pack = {
        "path": os.fspath(engine.pack.folder),
        "id": engine.pack.id,
        "version": engine.pack.version,
        "space": engine.space,
        "parts": {role: part.name for role, part in engine.parts.items()},
        "state": "damaged" if damaged else "all checksums right",
    }
    try:
        placement = engine.placement
        use |= {"in_use": placement.provider, "why": placement.reason or "it is the first choice"}
        engine.load()
    except CuefinderError as error:
        if not any(str(error).startswith(problem) for problem in problems):
            problems.append(str(error))
    return pack, use, {name: str(placement) for name, placement in engine.placements.items()}


def _library(path: Path, problems: list[str]) -> dict[str, Any]:
    from plugin.library.second_store import under_way
    from plugin.library.stats import stats
    from plugin.library.store import Library

    if not path.exists():
        return {"path": os.fspath(path), "state": "none yet: make it with 'cuefinder index DIR'"}
    try:
        with Library(path) as library:
            damage = library.problems()
            found = stats(library)
            version = library.facts()["schema_version"]
    except CuefinderError as error:
        problems.append(str(error))
        return {"path": os.fspath(path), "state": "unusable"}
    try:
        again = under_way(path)
    except CuefinderError as error:
        problems.append(str(error))
        again = None
    problems += [f"the library {printable(path)} is damaged: {line}" for line in damage]
    return {
        "path": os.fspath(path),
        "state": "damaged" if damage else "sound",
        "schema_version": int(version),
        "tracks": found["tracks"],
        "segments": found["segments"],
        "spaces": found["spaces"],
        "heard_again": {} if again is None else {again.space: again.heard},
    }


def _decoder(problems: list[str]) -> dict[str, Any]:
    import av

    missing = [codec for codec in CODECS + VIDEO_CODECS if codec not in av.codecs_available]
    problems += [f"this build of PyAV cannot decode {codec}: install PyAV's own wheel" for codec in missing]
    return {
        "pyav": av.__version__,
        "ffmpeg": av.ffmpeg_version_info,
        "libraries": {name: ".".join(map(str, version)) for name, version in av.library_versions.items()},
        "audio": [codec for codec in CODECS if codec not in missing],
        "video": [codec for codec in VIDEO_CODECS if codec not in missing],
    }


def _text(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items()) or "none"
    return printable(", ".join(map(str, value)) if isinstance(value, list) else str(value))
