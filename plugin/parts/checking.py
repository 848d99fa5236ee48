"""What the manifest of a part must say before its models are used, and that its files are there in full."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plugin.errors import PackError, printable
from plugin.pack import Pack

WORDS, SOUND = {"text": ["ids", "mask"]}, ["audio"]
GRAPHS = {"joint": {"music": SOUND} | WORDS, "text": WORDS, "video": {"video": ["frames"]}, "tags": {"tags": SOUND}}
"""Graphs by role, and what goes in."""
FILES = {"joint": ("tokenizer.json",), "text": ("tokenizer.json",), "tags": ("vocabulary.json",),
         "captions": ("tokenizer.json",), "titles": ("tokenizer.json",)}  # fmt: skip
NUMBERS = {
    "joint": ("rate", "segment_seconds", "width", "text.max_tokens"),
    "text": ("text.max_tokens",),
    "video": ("video.fps", "video.width", "video.height", "video.frames"),
    "tags": ("rate", "segment_seconds"),
    "captions": ("rate",),
    "titles": ("rate",),
}
"""What must be a number above 0, by role."""
CAPTION = ("encoder", "decoder", "beams", "memory", "state", "outputs", "prompt", "begin", "end", "pad", "longest",
           "length_penalty", "no_repeat_ngram")  # fmt: skip
"""What a system that writes says of how it does."""


def look_up(settings: Any, name: str) -> Any:
    """Give a setting, such as "text.max_tokens"; None where there is none."""
    for key in name.split("."):
        settings = settings.get(key) if isinstance(settings, Mapping) else None
    return settings


def wrong(pack: Pack, reason: str) -> PackError:
    """Make the error of a part."""
    return PackError(f"{printable(pack.folder)}: {reason}")


def check_part(pack: Pack, role: str, settings: Mapping[str, Any]) -> None:
    """Check all but the checksums, which are compared when a file is used.

    Raises
    ------
    PackError
        One line that says what is wrong.
    """
    _check_files(pack, role)
    _check_settings(pack, role, settings)
    _check_graphs(pack, role, settings)


def _check_files(pack: Pack, role: str) -> None:
    files = pack.manifest["files"]
    for name in FILES.get(role, ()):
        if name not in files:
            raise wrong(pack, f"the part lacks {name}; install it again")
    for name, entry in files.items():
        if Path(name).name != name:
            raise wrong(pack, f"the part's manifest names a file outside its folder ({printable(name)})")
        wanted, path = look_up(entry, "bytes"), pack.folder / name
        if not isinstance(wanted, int) or not isinstance(look_up(entry, "sha256"), str):
            raise wrong(pack, f"the part's manifest does not say what {printable(name)} is; install it again")
        try:
            found = path.stat().st_size
        except OSError as error:
            raise PackError(
                f"{printable(path)}: {error.strerror}; install {printable(pack.folder.name)} again"
            ) from error
        if found != wanted:
            raise PackError(
                f"{printable(path)}: {found} bytes instead of {wanted}; install {printable(pack.folder.name)} again"
            )


def _check_settings(pack: Pack, role: str, settings: Mapping[str, Any]) -> None:
    for name in NUMBERS[role]:
        value = look_up(settings, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise wrong(pack, f"the part's manifest lacks {name}, a number above 0; install it again")
    for name in ("seconds", "least_samples", "lyrics_tokens"):
        if not isinstance(look_up(settings, name), int | float | None):
            raise wrong(pack, f"the part's manifest says of {name} what is no number; install it again")
    if role == "video" and not are_words(look_up(settings, "video.moods")):
        raise wrong(pack, "the part's manifest lacks video.moods, a list of words; install it again")
    if role == "text" and not isinstance(look_up(settings, "for_space"), str):
        raise wrong(pack, "the part's manifest does not say for which space its words are; install it again")
    if role == "titles" and look_up(settings, "input") != "audio":
        kind = look_up(settings, "input")
        raise wrong(pack, f"titles for {kind}, not for sound: no track can be given one by it")


def _check_graphs(pack: Pack, role: str, settings: Mapping[str, Any]) -> None:
    wanted: dict[str, list[str] | None] = {**GRAPHS.get(role, {})}
    if not wanted:
        caption = look_up(settings, "caption")
        if not isinstance(caption, Mapping) or not set(CAPTION) <= caption.keys():
            raise wrong(pack, f"a pack of {pack.id} that writes no text; install another")
        wanted = {str(caption["encoder"]): None, str(caption["decoder"]): None}
    precisions, devices = pack.manifest.get("precisions"), pack.manifest.get("devices")
    known = isinstance(precisions, dict) and all(isinstance(each, dict) for each in precisions.values())
    if not known or not all(look_up(devices, each) in [*(precisions or ())] for each in ("cpu", "cuda")):
        raise wrong(pack, "the part's manifest lacks its precisions; install it again")
    for name, inputs in wanted.items():
        if not _is_whole(look_up(pack.manifest.get("graphs"), name), inputs, pack):
            raise wrong(pack, f"the part's manifest lacks the graph {printable(name)}; install it again")


def _is_whole(graph: Any, inputs: list[str] | None, pack: Pack) -> bool:
    """Whether all is said of a graph, and its files are the pack's."""
    files = look_up(graph, "files")
    if not are_words(look_up(graph, "outputs")) or not isinstance(files, dict) or "fp32" not in files:
        return False
    given = look_up(graph, "inputs")
    if not are_words(given) or inputs not in (None, given):
        return False
    return all(are_words(names) and {*names} <= pack.manifest["files"].keys() for names in files.values())


def are_words(values: object) -> bool:
    """Whether this is a list of texts, and not empty."""
    return isinstance(values, list) and bool(values) and all(isinstance(value, str) for value in values)
