"""Checkpoints from the Hugging Face hub: the files that are needed, counted as they come, and again from the cache."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from export.hub.checkpoint import WEIGHTS, short
from plugin.errors import CuefinderError, InputError, printable

Say = Callable[[str], None]
REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
TEXTS = ("README.md", "LICENSE", "LICENSE.txt", "LICENSE.md", "LICENCE", "NOTICE")
"""What tells under which licence a checkpoint is."""
SETTINGS = re.compile(r"[^/]+\.(json|txt|model)|\d+_\w+/config\.json")
"""Settings and tokenizers; in folders only those of sentence-transformers' modules."""
SECONDS = 2.0
"""Between two lines about one download."""
TIMEOUT = 30.0
"""Seconds that the hub may take to say which files there are."""


class FetchError(CuefinderError):
    """A checkpoint cannot be had from the hub."""


def fetch(source: str, *, say: Say, offline: bool, texts_only: bool = False) -> Path:
    """Give the folder of a checkpoint, or its file.

    Parameters
    ----------
    source : str
        Folder or file, or a repository of the hub, OWNER/NAME.
    offline : bool
        Look into the cache of the hub alone.
    texts_only : bool
        Fetch only what tells of the licence.

    Raises
    ------
    InputError
        Neither a folder nor a file, nor the name of a repository.
    FetchError
        The hub does not give it, and the cache does not have it.
    OSError
        The disk does not take it.
    """
    path = Path(source).expanduser()
    if path.exists():
        return path
    if not REPOSITORY.fullmatch(source):
        raise InputError(f"{printable(source)}: no such folder or file, and no repository of the hub (OWNER/NAME)")
    only = TEXTS if texts_only else None
    return _cached(source, only, "offline") if offline else _fetched(source, only, say)


def _cached(repository: str, only: Sequence[str] | None, reason: str) -> Path:
    """Folder of what the cache has; FetchError where it has nothing, or the licence's texts alone."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    lost = FetchError(
        f"{repository}: {reason}, and the cache does not have it; connect, or give its folder with --from FOLDER"
    )
    try:
        folder = Path(snapshot_download(repository, local_files_only=True))
    except LocalEntryNotFoundError as error:
        raise lost from error
    if only is None and not any((folder / name).is_file() for name in WEIGHTS):
        raise lost
    return folder


def _fetched(repository: str, only: Sequence[str] | None, say: Say) -> Path:
    """Folder of the files in the cache, those fetched that were not there."""
    from huggingface_hub import errors

    try:
        return _download(repository, only, say)
    except errors.GatedRepoError as error:
        raise FetchError(
            f"{repository}: its owner wants to be asked first; do so on its page, then log in with 'hf auth login'"
        ) from error
    except (errors.RepositoryNotFoundError, errors.HFValidationError) as error:
        raise InputError(f"{repository}: the hub has no such repository, or it is private") from error
    except (errors.HfHubHTTPError, errors.XetDownloadError) as error:
        raise FetchError(f"{repository}: the hub does not give it ({short(error)}); try again later") from error
    except (errors.HTTPError, errors.LocalEntryNotFoundError, ConnectionError) as error:
        say(f"{repository}: the hub cannot be reached ({short(error)}); the cache is looked into")
        return _cached(repository, only, "the hub cannot be reached")


def _download(repository: str, only: Sequence[str] | None, say: Say) -> Path:
    from huggingface_hub import HfApi, hf_hub_download

    found = HfApi().model_info(repository, files_metadata=True, timeout=TIMEOUT)
    files = chosen({each.rfilename: each.size or 0 for each in found.siblings or []}, only)
    if not files:
        raise FetchError(f"{repository}: holds none of the files that are looked for")
    total, done = sum(files.values()), 0
    say(f"{repository}: {len(files)} files, {total / 1e6:.1f} MB")
    folders = set()
    for name, size in files.items():
        # Without a revision, since only so the cache remembers which one to give without the network.
        place = hf_hub_download(repository, name, tqdm_class=_counter(say, name, done, total))
        folders.add(Path(place.removesuffix(name)))
        done += size
    if len(folders) > 1:
        raise FetchError(f"{repository}: was changed while it was fetched; fetch it again")
    return folders.pop()


def chosen(files: dict[str, int], only: Sequence[str] | None = None) -> dict[str, int]:
    """Give which of a repository's files, with their sizes, are needed: one kind of weights, settings, the licence."""
    if only is not None:
        return {name: size for name, size in files.items() if name in only}
    weights = next((name for name in WEIGHTS if name in files), None)
    pieces: dict[str, int] = {}
    if weights is not None:
        start, end = weights.removesuffix(".index.json").partition(".")[::2]
        piece = re.compile(rf"{re.escape(start)}(-\d+-of-\d+)?\.{re.escape(end)}")
        pieces = {name: size for name, size in files.items() if piece.fullmatch(name) or name == weights}
    texts = {name: size for name, size in files.items() if name in TEXTS or SETTINGS.fullmatch(name)}
    return {name: size for name, size in texts.items() if not name.endswith(".index.json")} | pieces


def _counter(say: Say, name: str, before: int, total: int) -> Any:
    """Make the class that the hub's library tells its progress to: a line every few seconds."""
    from tqdm.std import tqdm

    class Counter(tqdm):  # type: ignore[misc]
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **(options | {"disable": True}))
            self.counted, self.told = int(options.get("initial") or 0), time.monotonic()

        def update(self, n: float | None = 1) -> bool | None:
            self.counted += int(n or 0)
            if time.monotonic() - self.told >= SECONDS:
                self.told = time.monotonic()
                say(f"{name}: {(before + self.counted) / 1e6:.1f} of {total / 1e6:.1f} MB")
            return None

    return Counter
