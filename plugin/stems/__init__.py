"""What stems are: instrument, role, tempo, key, loudness, silence and bleed, a caption; and names for them."""

from lazy_loader import attach_stub

__getattr__, __dir__, __all__ = attach_stub(__name__, __file__)
