"""What stems are: instrument, role, tempo, key, loudness, silence and bleed, a caption; and names for them."""

from plugin.stems.effects import Effects, PluginChoice
from plugin.stems.levels import Bleed
from plugin.stems.listening import listen
from plugin.stems.naming import FILE_TEMPLATE, TRACK_TEMPLATE, Template, file_names, numbered, track_names
from plugin.stems.stem import COLOURS, NAMELESS, ROLES, Stem, silent
from plugin.stems.together import compare, tell_voices

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
