"""New names for files, never over another file, and what a file that takes another's place takes over from it."""

from __future__ import annotations

import errno
import os
import shutil
from contextlib import suppress
from pathlib import Path

from plugin.paths import sync_folder

_NO_LINKS = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)


def move(path: Path, new: Path) -> None:
    """Rename a file within its file system.

    Raises
    ------
    OSError
        FileExistsError where the name is taken; the file has its old name then.
    """
    if new.exists() and new.samefile(path):  # only upper and lower case differ, and the disk does not mind
        path.rename(new)
    else:
        try:
            os.link(path, new)  # unlike a rename it never replaces
        except OSError as error:
            if error.errno not in _NO_LINKS or os.path.lexists(new):
                raise
            path.rename(new)
        else:
            path.unlink()
    sync_folder(new.parent)


def take_over(path: Path, new: Path) -> None:
    """Give a new file an old one's owner, permissions, extended attributes and times."""
    status = path.stat()
    if hasattr(os, "chown"):
        with suppress(PermissionError):  # only root may give files away
            os.chown(new, status.st_uid, status.st_gid)
    shutil.copystat(path, new)


def sync_file(path: Path) -> None:
    """Put a file's content on the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())
