"""What kind of file system a folder lies on."""

from __future__ import annotations

from pathlib import Path

import psutil

NETWORK = ("nfs", "cifs", "smb", "afp", "webdav", "davfs", "9p", "ceph", "gluster", "lustre", "fuse.", "vboxsf")
"""Beginnings of the names of file systems that do not tell of changes made elsewhere."""
LOCAL_FUSE = ("fuse.ntfs", "fuse.exfat", "fuseblk")


def on_network(folder: Path) -> bool:
    """Say whether changes below a folder can be made by other machines, of which the system does not tell."""
    if folder.drive.startswith("\\\\"):  # \\server\share, of Windows
        return True
    mounts = {Path(mount.mountpoint): mount for mount in psutil.disk_partitions(all=True)}
    for parent in (folder, *folder.parents):
        mount = mounts.get(parent)
        if mount is not None:
            kind = mount.fstype.lower()
            remote = kind.startswith(NETWORK) and not kind.startswith(LOCAL_FUSE)
            return remote or "remote" in mount.opts.split(",")  # so says Windows
    return False
