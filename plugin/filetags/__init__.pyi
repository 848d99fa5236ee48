from .fields import FIELDS, wanted_fields
from .journal import journal_folder, journals
from .planning import plan, read_tags
from .records import Change, FieldChange, UndoReport, WriteReport
from .undoing import undo
from .writing import write

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
