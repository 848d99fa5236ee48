"""Which files to look at, by name alone: opening each file of a drive would take hours."""

from __future__ import annotations

from pathlib import Path

AUDIO_SUFFIXES = frozenset(
    [
        ".aac",
        ".ac3",
        ".aif",
        ".aifc",
        ".aiff",
        ".ape",
        ".au",
        ".bwf",
        ".caf",
        ".dsf",
        ".flac",
        ".m4a",
        ".m4b",
        ".mka",
        ".mp2",
        ".mp3",
        ".mpc",
        ".oga",
        ".ogg",
        ".opus",
        ".rf64",
        ".tta",
        ".w64",
        ".wav",
        ".wave",
        ".wma",
        ".wv",
    ]
)
VIDEO_SUFFIXES = frozenset(
    [
        ".3gp",
        ".avi",
        ".flv",
        ".m2ts",
        ".m4v",
        ".mkv",
        ".mov",
        ".mp4",
        ".mpeg",
        ".mpg",
        ".mts",
        ".mxf",
        ".ogv",
        ".webm",
        ".wmv",
    ]
)


def is_media(path: Path) -> bool:
    """Tell whether a file's name is that of sound or video.

    Parameters
    ----------
    path : pathlib.Path
        Any path; the file is not opened and need not exist.

    Returns
    -------
    bool
        False also for the ``._name`` companions that macOS leaves on foreign drives: they hold no media.
    """
    suffix = path.suffix.lower()
    return (suffix in AUDIO_SUFFIXES or suffix in VIDEO_SUFFIXES) and not path.name.startswith("._")
