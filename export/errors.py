"""What can go wrong on the way to a pack."""

from __future__ import annotations


class ExportError(Exception):
    """An export that may not be used: what happened and to which graph."""


class ParityError(ExportError):
    """The exported graph answers otherwise than torch does."""


class FitError(ExportError):
    """A model that was to go into another's space does not do so well enough."""
