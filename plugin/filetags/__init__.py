"""Tags in the user's own files: planned, shown, written to a copy and swapped in, and taken back byte for byte.

:func:`plan` says what would change, :func:`write` does it and keeps a journal, :func:`undo` restores from that. FFmpeg
can only write tags by writing the whole file anew, and drops what it does not know; mutagen changes nothing but tags.
"""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
