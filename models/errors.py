"""What can go wrong with data, configurations and training: each is one line for the user."""

from __future__ import annotations

from plugin.errors import CuefinderError, InputError


class ConfigError(InputError):
    """A configuration that cannot be used: which file, which key, what would be right."""


class DatasetError(InputError):
    """A data set on disk is not as its publisher made it, or holds too little: which path, what to do."""


class CheckpointError(InputError):
    """A checkpoint is damaged, of another system or of another configuration."""


class TrainingError(CuefinderError):
    """Training had to stop: at which step, on which examples, and where the last good checkpoint is."""
