"""What the user has set; kept in one file of JSON beside the library."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from plugin.errors import InputError, printable
from plugin.paths import atomic_write, data_dir

Theme = Literal["system", "light", "dark"]
Device = Literal["auto", "cpu", "cuda"]
ResultsLook = Literal["table", "cards"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of the panel, each with a default that suits most.

    Parameters
    ----------
    theme : str
        "system", "light" or "dark".
    device : str
        "auto", "cpu" or "cuda".
    pack : str
        Folder of the model pack; the shipped one where it is empty.
    results : int
        Tracks in an answer.
    results_look : str
        "table" or "cards".
    play_at_once : bool
        Moving through the results with the arrow keys plays, once something plays.
    match_loudness : bool
        Tracks are heard, and placed, at one loudness.
    loudness : float
        That loudness, in LUFS.
    fade_in, fade_out : float
        Seconds of a cue that begins or ends inside a track.
    follow_host : bool
        The selection in the editor becomes the clip that is asked for.
    caption_clips : bool
        Clips of the timeline are captioned in the background.
    cues : str
        Folder for cues that are rendered to files of their own; one beside the library where it is empty.
    """

    theme: Theme = "system"
    device: Device = "auto"
    pack: str = ""
    results: int = 50
    results_look: ResultsLook = "table"
    play_at_once: bool = True
    match_loudness: bool = True
    loudness: float = -18.0
    fade_in: float = 0.05
    fade_out: float = 1.0
    follow_host: bool = True
    caption_clips: bool = True
    cues: str = ""

    @property
    def cue_folder(self) -> Path:
        """Where rendered cues go; it may not exist yet."""
        return Path(self.cues).expanduser() if self.cues else data_dir() / "cues"

    @property
    def pack_folder(self) -> Path | None:
        """The model pack's folder, None for the shipped one."""
        return Path(self.pack).expanduser() if self.pack else None


LIMITS: dict[str, tuple[float, float]] = {"results": (1, 10_000), "loudness": (-40.0, -6.0), "fade_in": (0.0, 30.0),
                                          "fade_out": (0.0, 30.0)}  # fmt: skip
CHOICES = {"theme": get_args(Theme), "device": get_args(Device), "results_look": get_args(ResultsLook)}
FOLDERS = ("pack", "cues")


def settings_path() -> Path:
    """Give the file of the user's settings."""
    return data_dir() / "panel.json"


def load_settings(path: Path) -> tuple[Settings, list[str]]:
    """Read settings; what is wrong with a value is said, and its default used.

    Returns
    -------
    Settings
    list of str
        A line for each value that could not be used; the file is left as it is.
    """
    try:
        values: Any = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Settings(), []
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or error
        return Settings(), [f"{printable(path)}: the settings cannot be read ({reason}); defaults are used"]
    if not isinstance(values, dict):
        return Settings(), [f"{printable(path)}: these are no settings; defaults are used"]
    settings, problems = Settings(), []
    for field in fields(Settings):
        if field.name in values:
            try:
                settings = changed(settings, field.name, values[field.name])
            except InputError as error:
                problems.append(f"{printable(path)}: {error}; the default is used")
    return settings, problems


def changed(settings: Settings, name: str, value: Any) -> Settings:
    """Give settings with one value changed.

    Raises
    ------
    InputError
        The value is of another kind or out of its limits.
    """
    kind = type(getattr(Settings(), name))
    fits = isinstance(value, kind) or (kind is float and isinstance(value, int))
    if not fits or (isinstance(value, bool) and kind is not bool):
        raise InputError(f"{name} {value!r} is no {kind.__name__}")
    if name in CHOICES and value not in CHOICES[name]:
        raise InputError(f"{name} {value!r}: choose one of {', '.join(CHOICES[name])}")
    if name in LIMITS and not LIMITS[name][0] <= value <= LIMITS[name][1]:
        raise InputError(f"{name} {value}: choose {LIMITS[name][0]:g} to {LIMITS[name][1]:g}")
    if name in FOLDERS and value and not _is_whole_path(value):
        raise InputError(f"{name} {value!r} is no folder: give its whole path")
    return replace(settings, **{name: kind(value)})


def _is_whole_path(text: str) -> bool:
    try:
        return "\0" not in text and Path(text).expanduser().is_absolute()
    except RuntimeError:  # ~name of a user that is not known here
        return False


def save_settings(settings: Settings, path: Path) -> None:
    """Write settings.

    Raises
    ------
    InputError
        The disk does not take them; the old ones are still there.
    """
    try:
        atomic_write(path, json.dumps(asdict(settings), indent=1).encode())
    except OSError as error:
        reason = error.strerror or os.strerror(error.errno or 0)
        raise InputError(f"{printable(path)}: the settings cannot be saved: {reason}") from error
