"""Where Cuefinder keeps its own files, and how it writes them."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from pathlib import Path

HOME_VARIABLE = "CUEFINDER_HOME"
PACK_VARIABLE = "CUEFINDER_PACK"


def data_dir() -> Path:
    """Give the folder of the library and the settings; it may not exist yet.

    Returns
    -------
    pathlib.Path
        ``$CUEFINDER_HOME`` where it is set, else the platform's folder for user data.
    """
    home = os.environ.get(HOME_VARIABLE)
    if home:
        return Path(home).expanduser()
    import platformdirs  # here, so that a command given a folder starts without it

    return Path(platformdirs.user_data_dir("cuefinder", appauthor=False))


def library_path() -> Path:
    """Give the file of the user's library."""
    return data_dir() / "library.db"


def parts_dir() -> Path:
    """Give the folder of the models that the user installed, each in a folder of its own; it may not exist yet."""
    return data_dir() / "models"


def pack_dir() -> Path:
    """Give the folder of the model pack in use.

    Returns
    -------
    pathlib.Path
        ``$CUEFINDER_PACK`` where it is set, else the core pack that ships with Cuefinder.
    """
    pack = os.environ.get(PACK_VARIABLE)
    if pack:
        return Path(pack).expanduser()
    return Path(__file__).resolve().parents[1] / "models" / "packs" / "core"


def atomic_write(path: Path, data: bytes) -> None:
    """Write a file so that a reader, or a crash at any point, sees the old one or the new one.

    Parameters
    ----------
    path : pathlib.Path
        File to make or to replace; its folder is made if needed.
    data : bytes
        The whole content.

    Raises
    ------
    OSError
        The folder or the disk does not take the file; the old content is still there.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileNotFoundError):
            shutil.copymode(path, temporary)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make the renaming itself durable, where the system can (POSIX)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
