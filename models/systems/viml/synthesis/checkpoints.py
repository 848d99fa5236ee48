"""Checkpoints of transformers by folder or hub name, with one clear line where they cannot be had."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from transformers.utils import logging as reports

from models.errors import CheckpointError, ConfigError
from models.systems.tokens import of_checkpoint


def load(model: Any, name: str, *, whole: bool = False, **options: Any) -> tuple[Any, Any]:
    """Load a model and its tokenizer by the library's own `from_pretrained`.

    Parameters
    ----------
    model : type
        Class with `from_pretrained`.
    name : str
        Folder or hub name.
    whole : bool
        Whether every weight of the class must be in the checkpoint.
    options
        For `from_pretrained`.

    Returns
    -------
    tuple
        The model in evaluation mode, and the tokenizer.

    Raises
    ------
    ConfigError
        If there is no such model, or it cannot be reached.
    CheckpointError
        If the checkpoint is of another kind or not whole.
    """
    level = reports.get_verbosity()
    bars = reports.is_progress_bar_enabled()
    reports.set_verbosity_error()  # what is missing is said below, in one line
    reports.disable_progress_bar()
    try:
        loaded, info = model.from_pretrained(name, output_loading_info=True, **options)
    except OSError as error:
        where = "not in this folder" if Path(name).is_dir() else "neither a folder nor to be had from the hub"
        raise ConfigError(
            f"{name}: the model is {where}; give a folder with config.json and the weights, or the name of a model "
            "that was downloaded before (with a connection: hf download NAME)"
        ) from error
    except (ValueError, RuntimeError, KeyError) as error:
        raise CheckpointError(
            f"{name}: not a checkpoint for {model.__name__} ({str(error).splitlines()[0]})"
        ) from error
    finally:
        reports.set_verbosity(level)
        if bars:
            reports.enable_progress_bar()
    missing = sorted(info["missing_keys"])
    if whole and missing:
        raise CheckpointError(
            f"{name}: the checkpoint lacks {', '.join(missing[:3])}, so {model.__name__} is not trained there; "
            "train it (models.systems.viml.synthesis.training) or leave the step to the rules"
        )
    return loaded.eval(), of_checkpoint(name)
