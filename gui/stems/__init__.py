"""The page of stems."""

from gui.stems.page import StemsPage

__all__ = ["StemsPage"]
