"""Opening of media files, and their decoded frames in order.

Times are seconds from the file's **zero**: the first moment of its sound or picture, whichever is earlier.
Containers may number that moment as they like (MP3 starts after the encoder's delay, MPEG-TS anywhere).
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard, overload

import av
from av.audio import AudioFrame, AudioStream
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Discard, Disposition, Stream
from av.video import VideoFrame, VideoStream

from plugin.decode.pyav import BYTE_EXACT, exact
from plugin.errors import DecodeError, InputError

# FFmpeg tries all it knows on any file, playlists (which open other files) and text art too; not wanted here.
FORMATS = (
    "aac,ac3,aiff,ape,asf,au,avi,caf,dsf,dts,eac3,flac,flv,matroska,mov,mp3,mpc,mpc8,mpeg,mpegts,mxf,ogg,tta,w64,wav,wv"
)
_NOT_FILM = Disposition.attached_pic | Disposition.timed_thumbnails  # cover art is not video
# Codecs carry state from packet to packet: decoding starts this long before the wanted time.
_PREROLL = 0.5
_LEAST_BYTES_A_SECOND = 16
_SECONDS_IN_ANY_FILE = 3600.0


@dataclass(frozen=True)
class Media:
    """An open media file.

    Attributes
    ----------
    path : pathlib.Path
    container : av.container.InputContainer
    sound : av.audio.AudioStream or None
        The stream to hear, if there is one that can be decoded.
    picture : av.video.VideoStream or None
        The stream to see; never cover art.
    zero : float
        The container's time, in seconds, of the file's first moment.
    """

    path: Path
    container: InputContainer
    sound: AudioStream | None
    picture: VideoStream | None
    zero: float


@dataclass
class Damage:
    """What was lost while reading a file."""

    packets: int = 0
    notes: list[str] = field(default_factory=list)

    def warnings(self) -> tuple[str, ...]:
        """Give the losses in plain words, empty if there are none."""
        plural = "s" if self.packets > 1 else ""
        packets = (f"{self.packets} damaged packet{plural} skipped",) if self.packets else ()
        return (*packets, *self.notes)


def longest(path: Path) -> float:
    """Give the most seconds of sound or pictures that a file can hold.

    No recording is smaller: silence in Opus takes three times as many bytes. What seems longer was made by damage, or
    to do harm.
    """
    return _SECONDS_IN_ANY_FILE + path.stat().st_size / _LEAST_BYTES_A_SECOND


@contextmanager
def open_media(path: str | os.PathLike[str]) -> Iterator[Media]:
    """Open a media file for reading and close it afterwards.

    Parameters
    ----------
    path : str or os.PathLike

    Yields
    ------
    Media

    Raises
    ------
    DecodeError
        There is no such file, or it is not media.
    """
    path = Path(path)
    _check_file(path)
    try:
        container = av.open(
            str(path.absolute()),  # a bare "a:b.mp3" would name a protocol
            mode="r",
            container_options={"format_whitelist": FORMATS, "protocol_whitelist": "file"},
            **BYTE_EXACT,
        )
    except FFmpegError as error:
        damaged = "not a media file, or damaged beyond reading"
        raise DecodeError(path, _disk_failure(error) if _is_disk_failure(error) else damaged) from error
    with container:
        sound = _decodable(container.streams.best("audio"))
        pictures = (stream for stream in container.streams.video if not stream.disposition & _NOT_FILM)
        picture = _decodable(next(pictures, None))
        starts = [
            float(stream.start_time * base)
            for stream in (sound, picture)
            if stream is not None and stream.start_time is not None and (base := exact(stream.time_base)) is not None
        ]
        assert sound is None or isinstance(sound, AudioStream)
        assert picture is None or isinstance(picture, VideoStream)
        yield Media(path, container, sound, picture, min(starts, default=0.0))


@overload
def frames(media: Media, stream: AudioStream, start: float, damage: Damage) -> Iterator[AudioFrame]: ...
@overload
def frames(media: Media, stream: VideoStream, start: float, damage: Damage) -> Iterator[VideoFrame]: ...
def frames(media: Media, stream: AudioStream | VideoStream, start: float, damage: Damage) -> Iterator[Any]:
    """Decode one stream of an open file.

    Parameters
    ----------
    media : Media
    stream : av.audio.AudioStream or av.video.VideoStream
        One of the file's streams.
    start : float
        Seconds; frames begin at this time or somewhat earlier.
    damage : Damage
        Takes note of what cannot be decoded.

    Yields
    ------
    av.audio.AudioFrame or av.video.VideoFrame
        In the order of the file; times as the container numbers them.

    Raises
    ------
    DecodeError
        The disk fails or the file goes away while it is read.
    """
    for other in media.container.streams:
        other.discard = Discard.default if other.index == stream.index else Discard.all
    if start > _PREROLL:
        _seek(media, stream, start - _PREROLL)
    packets = media.container.demux(stream)
    has_frames, bad_tail = False, 0
    while True:
        try:
            packet = next(packets)
        except IndexError:  # PyAV knows no streams that begin amid the file: go on behind this packet
            packets = media.container.demux(stream)
            continue
        except StopIteration:
            # One bad packet behind the music is a tag of some other program, not music.
            damage.packets -= 1 if has_frames and bad_tail == 1 else 0
            return
        except FFmpegError as error:
            if _is_disk_failure(error):
                raise DecodeError(media.path, _disk_failure(error)) from error
            damage.notes.append("damaged: the rest of the file cannot be read")
            return
        try:
            decoded = packet.decode()
        except FFmpegError:
            damage.packets += 1
            bad_tail += 1
            continue
        if decoded:
            has_frames, bad_tail = True, 0
        yield from decoded


def check_range(start: float, end: float | None) -> None:
    """Raise InputError unless ``0 <= start < end`` (seconds; None is the file's end)."""
    if not 0 <= start < float("inf"):
        raise InputError(f"start must be zero or more seconds, not {start:g}")
    if end is not None and not start < end:
        raise InputError(f"the range must end after it starts: {start:g} s to {end:g} s")


def _seek(media: Media, stream: Stream, time: float) -> None:
    try:
        media.container.seek(int((media.zero + time) * av.time_base))
    except FFmpegError:
        # A file that cannot be searched is read from its beginning: slower, and the same result.
        media.container.seek(0, any_frame=True)


def _decodable(stream: Stream | None) -> Stream | None:
    """Give the stream if there is a decoder for it."""
    return stream if stream is not None and stream.codec_context is not None else None


def _check_file(path: Path) -> None:
    """Open the file once without FFmpeg, whose error codes mix up the system's and those of its formats."""
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise DecodeError(path, "this is a folder, not a media file")
        if not stat.S_ISREG(status.st_mode):
            raise DecodeError(path, "not a regular file")
        if status.st_size == 0:
            raise DecodeError(path, "the file is empty (zero bytes)")
        path.open("rb").close()
    except FileNotFoundError as error:
        raise DecodeError(path, "no such file") from error
    except PermissionError as error:
        raise DecodeError(path, "no permission to read it") from error
    except OSError as error:
        raise DecodeError(path, _disk_failure(error)) from error
    except ValueError as error:
        raise DecodeError(path, "no file can have this name") from error


def _disk_failure(error: OSError) -> str:
    either = ": the file is damaged, or its disk fails" if error.errno == errno.EIO else ""  # formats say so as well
    return f"cannot be read ({error.strerror}){either}"


def _is_disk_failure(error: FFmpegError) -> TypeGuard[OSError]:
    """Tell a failing disk from damaged data, for which some formats return -1 (that is EPERM) or -11 (EAGAIN)."""
    return isinstance(error, OSError) and not isinstance(error, PermissionError | BlockingIOError)
