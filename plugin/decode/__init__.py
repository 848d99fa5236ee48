"""Sound and pictures of media files, by FFmpeg through PyAV.

One file at once: :func:`probe`, :func:`audio_blocks`, :func:`read_audio`, :func:`video_frames`.
Many files, each safe from the crashes of the others: :class:`DecodePool`.
"""

from plugin.decode.audio import audio_blocks, read_audio
from plugin.decode.file import Block, Event, Failed, Finished, Started, decode_file
from plugin.decode.info import MediaInfo, probe
from plugin.decode.loudness import LoudnessMeter
from plugin.decode.pool import DecodePool
from plugin.decode.suffixes import AUDIO_SUFFIXES, VIDEO_SUFFIXES, is_media
from plugin.decode.video import still, video_frames

__all__ = [
    "AUDIO_SUFFIXES",
    "VIDEO_SUFFIXES",
    "Block",
    "DecodePool",
    "Event",
    "Failed",
    "Finished",
    "LoudnessMeter",
    "MediaInfo",
    "Started",
    "audio_blocks",
    "decode_file",
    "is_media",
    "probe",
    "read_audio",
    "still",
    "video_frames",
]
