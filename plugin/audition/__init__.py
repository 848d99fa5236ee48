"""The sound of a cue, as it is heard and as it is rendered: one and the same."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
