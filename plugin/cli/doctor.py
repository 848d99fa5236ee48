"""``cuefinder doctor``: what is installed, what is in use, and what is wrong."""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
from importlib import metadata
from typing import Any

import plugin
from plugin.cli.support.options import library_file, open_engine, open_library
from plugin.cli.support.output import fields, print_json
from plugin.errors import CuefinderError, printable

NAME = "doctor"
HELP = "check versions, model pack, device, library and codecs"

CODECS = ("aac", "alac", "flac", "mp3", "opus", "pcm_s16le", "pcm_s24le", "pcm_f32le", "vorbis", "wmav2")
VIDEO_CODECS = ("av1", "h264", "hevc", "mpeg4", "prores", "vp8", "vp9")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments: none but the common ones."""


def run(args: argparse.Namespace) -> int:
    """Check; the exit status is 1 where something is wrong."""
    problems: list[str] = []
    report = {
        "versions": _versions(),
        "pack": _pack(args, problems),
        "device": _device(args, problems),
        "library": _library(args, problems),
        "decoder": _decoder(problems),
        "problems": problems,
    }
    if args.json:
        print_json(report)
    else:
        _print(report)
    return CuefinderError.exit_code if problems else 0


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


def _pack(args: argparse.Namespace, problems: list[str]) -> dict[str, Any]:
    try:
        pack = open_engine(args).pack
    except CuefinderError as error:
        problems.append(str(error))
        return {"state": "unusable"}
    damaged = pack.problems()
    problems += damaged
    return {
        "path": os.fspath(pack.folder),
        "id": pack.id,
        "version": pack.version,
        "space": pack.space,
        "state": "damaged" if damaged else "all checksums right",
    }


def _device(args: argparse.Namespace, problems: list[str]) -> dict[str, Any]:
    import onnxruntime

    available = onnxruntime.get_available_providers()
    in_use = None
    try:
        in_use = open_engine(args).provider
    except CuefinderError as error:
        if str(error) not in problems:
            problems.append(str(error))
    return {"providers": available, "in_use": in_use, "asked_for": args.device}


def _library(args: argparse.Namespace, problems: list[str]) -> dict[str, Any]:
    from plugin.library.stats import stats

    path = library_file(args)
    if not path.exists():
        return {"path": os.fspath(path), "state": "none yet: make it with 'cuefinder index DIR'"}
    try:
        with open_library(args) as library:
            damage = library.problems()
            found = stats(library)
            version = library.facts()["schema_version"]
    except CuefinderError as error:
        problems.append(str(error))
        return {"path": os.fspath(path), "state": "unusable"}
    problems += [f"the library {printable(path)} is damaged: {line}" for line in damage]
    return {
        "path": os.fspath(path),
        "state": "damaged" if damage else "sound",
        "schema_version": int(version),
        "tracks": found["tracks"],
        "segments": found["segments"],
        "spaces": found["spaces"],
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


def _print(report: dict[str, Any]) -> None:
    for section, values in report.items():
        if section == "problems":
            continue
        print(section)
        print("\n".join(fields(((name, _text(value)) for name, value in values.items()), indent=2)))
    for problem in report["problems"]:
        print(f"problem: {problem}")
    print("something is wrong" if report["problems"] else "all is well")


def _text(value: object) -> str:
    if value is None:
        return "none"
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items()) or "none"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
