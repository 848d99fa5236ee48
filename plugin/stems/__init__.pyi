from .effects import Effects, PluginChoice
from .levels import Bleed
from .listening import listen
from .naming import FILE_TEMPLATE, TRACK_TEMPLATE, Template, file_names, numbered, track_names
from .stem import COLOURS, NAMELESS, ROLES, Stem, silent
from .together import compare, tell_voices

__all__ = [
    "COLOURS",
    "FILE_TEMPLATE",
    "NAMELESS",
    "ROLES",
    "TRACK_TEMPLATE",
    "Bleed",
    "Effects",
    "PluginChoice",
    "Stem",
    "Template",
    "compare",
    "file_names",
    "listen",
    "numbered",
    "silent",
    "tell_voices",
    "track_names",
]
