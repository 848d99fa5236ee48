"""The engine inside the editor: decode, caption, tag, index and suggest. No torch, no Qt."""

__version__ = "0.1.0"
