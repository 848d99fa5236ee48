"""Tags in the user's own files: planned, shown, written to a copy and swapped in, and taken back byte for byte.

:func:`plan` says what would change, :func:`write` does it and keeps a journal, :func:`undo` restores from that. FFmpeg
can only write tags by writing the whole file anew, and drops what it does not know; mutagen changes nothing but tags.
"""

from plugin.filetags.fields import FIELDS, wanted_fields
from plugin.filetags.journal import journal_folder, journals
from plugin.filetags.planning import plan, read_tags
from plugin.filetags.records import Change, FieldChange, UndoReport, WriteReport
from plugin.filetags.undoing import undo
from plugin.filetags.writing import write

__all__ = [
    "FIELDS",
    "Change",
    "FieldChange",
    "UndoReport",
    "WriteReport",
    "journal_folder",
    "journals",
    "plan",
    "read_tags",
    "undo",
    "wanted_fields",
    "write",
]
