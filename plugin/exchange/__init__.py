"""The library and other programs: playlists, rekordbox's and beets' formats, and marks taken over from them."""

from plugin.exchange.beets import write_beets
from plugin.exchange.matching import Merge, Taking, match
from plugin.exchange.playlist import playlist
from plugin.exchange.reading import Row, read_rows
from plugin.exchange.rekordbox import write_rekordbox

__all__ = ["Merge", "Row", "Taking", "match", "playlist", "read_rows", "write_beets", "write_rekordbox"]
