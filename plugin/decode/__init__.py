"""Sound and pictures of media files, by FFmpeg through PyAV.

One file at once: :func:`probe`, :func:`audio_blocks`, :func:`read_audio`, :func:`video_frames`.
Many files, each safe from the crashes of the others: :class:`DecodePool`.
"""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
