from .audio import audio_blocks, read_audio
from .file import Block, Event, Failed, Finished, Started, decode_file
from .info import MediaInfo, probe
from .loudness import LoudnessMeter
from .pool import DecodePool
from .suffixes import AUDIO_SUFFIXES, VIDEO_SUFFIXES, is_media
from .video import still, video_frames

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
