"""What must not change when tags do: the compressed sound itself, packet by packet."""

from __future__ import annotations

import hashlib
from pathlib import Path

from av.error import FFmpegError
from av.stream import Disposition, Stream

from plugin.decode.media import open_media
from plugin.decode.pyav import exact
from plugin.errors import DecodeError

_BLOCK = 1 << 20


def sound_digest(path: Path) -> str:
    """Hash all packets of a file's streams as a demuxer gives them, with their times and the decoders' set-up.

    Two files of the same digest decode to the same samples; covers, which belong to the tags, are left out.

    Raises
    ------
    DecodeError
        The file cannot be read.
    """
    digest = hashlib.sha256()
    with open_media(path) as media:
        streams = [s for s in media.container.streams if not s.disposition & Disposition.attached_pic]
        for stream in streams:
            digest.update(repr((stream.type, exact(stream.time_base))).encode() + _setup(stream))
        try:
            for packet in media.container.demux(streams):
                head = (streams.index(packet.stream), packet.pts, packet.dts, packet.duration, packet.size)
                digest.update(repr(head).encode() + bytes(packet))
        except FFmpegError as error:
            raise DecodeError(path, f"its sound cannot be read to the end ({error.strerror})") from error
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """Hash a whole file (SHA-256)."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _setup(stream: Stream) -> bytes:
    """Give what the decoder is set up with: of Vorbis the first and third header, as the comments are the second."""
    context = stream.codec_context
    data = bytes(getattr(context, "extradata", None) or b"")
    if context is None or context.name not in ("vorbis", "libvorbis") or data[:1] != b"\x02":
        return data
    sizes, at = [], 1
    for _ in range(2):
        size = 0
        while data[at] == 255:
            size, at = size + 255, at + 1
        sizes.append(size + data[at])
        at += 1
    first, comments = sizes
    return data[at : at + first] + data[at + first + comments :]
