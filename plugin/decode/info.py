"""What a media file says about itself, without decoding it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

from plugin.decode.media import Media, open_media
from plugin.decode.pyav import exact
from plugin.errors import DecodeError

_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_LONGEST_NAME = 500
_LONGEST_LYRICS = 256 * 1024


@dataclass(frozen=True)
class MediaInfo:
    """A media file as its headers describe it.

    Attributes
    ----------
    path : pathlib.Path
    duration : float or None
        Seconds. An estimate where the file has no index (MP3 without a Xing header, raw AAC).
    container : str
        FFmpeg's name of the format, such as ``"wav"`` or ``"matroska,webm"``.
    audio_codec, video_codec : str or None
        None where there is no such stream; cover art is not video.
    sample_rate, channels : int
        Of the sound, 0 without sound.
    fps : fractions.Fraction or None
        Mean frames per second.
    width, height : int
        Of the picture as stored, in pixels; 0 without picture.
    title, artist, album : str
        One line each, of 500 characters at most; empty where the file does not say.
    lyrics : str
        As the tags have them, perhaps with times; 256 KiB of characters at most.
    """

    path: Path
    duration: float | None
    container: str
    audio_codec: str | None
    video_codec: str | None
    sample_rate: int
    channels: int
    fps: Fraction | None
    width: int
    height: int
    title: str
    artist: str
    album: str
    lyrics: str = ""


def probe(path: str | os.PathLike[str]) -> MediaInfo:
    """Read the headers of a media file.

    Parameters
    ----------
    path : str or os.PathLike

    Returns
    -------
    MediaInfo

    Raises
    ------
    DecodeError
        There is no such file, or it holds neither sound nor picture.
    """
    with open_media(path) as media:
        return describe(media)


def describe(media: Media) -> MediaInfo:
    """Give the description of an open file; errors as :func:`probe`."""
    sound, picture, container = media.sound, media.picture, media.container
    if sound is None and picture is None:
        raise DecodeError(media.path, "neither sound nor picture in it that can be decoded")
    sources = (container.metadata, *(stream.metadata for stream in (sound, picture) if stream is not None))
    tags = _tags(sources)
    return MediaInfo(
        path=media.path,
        duration=container.duration / av.time_base if container.duration and container.duration > 0 else None,
        container=container.format.name,
        audio_codec=sound.codec_context.codec.canonical_name if sound is not None else None,
        video_codec=picture.codec_context.codec.canonical_name if picture is not None else None,
        sample_rate=sound.codec_context.sample_rate if sound is not None else 0,
        channels=sound.codec_context.channels if sound is not None else 0,
        fps=exact(picture.average_rate or picture.guessed_rate) if picture is not None else None,
        width=picture.codec_context.width if picture is not None else 0,
        height=picture.codec_context.height if picture is not None else 0,
        title=tags.get("title", ""),
        artist=tags.get("artist") or tags.get("album_artist") or tags.get("performer", ""),
        album=tags.get("album", ""),
        lyrics=_lyrics(sources),
    )


def _tags(sources: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Merge the tags of the container and its streams (Ogg keeps them there); the first source wins."""
    merged: dict[str, str] = {}
    for source in sources:
        for key, value in source.items():
            if text := _CONTROL.sub(" ", _text(value[:_LONGEST_NAME])).strip():
                merged.setdefault(key.casefold(), text)
    return merged


def _lyrics(sources: Iterable[Mapping[str, str]]) -> str:
    """Give the first lyrics: ID3 has them for languages ("lyrics-eng"), Vorbis comments by two names."""
    for source in sources:
        for key, value in source.items():
            name, text = key.casefold(), _text(value[:_LONGEST_LYRICS])
            if name.split("-")[0] in ("lyrics", "unsyncedlyrics") and text.strip():
                return text
    return ""


def _text(value: str) -> str:
    """Give a tag as valid text.

    Old files hold bytes of the writer's code page, which reach here as surrogate escapes.
    """
    raw = value.encode("utf-8", "surrogateescape")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", "replace")
