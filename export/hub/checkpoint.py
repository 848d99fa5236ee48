"""Checkpoints in the layout of the hub: a folder with config.json, weights, tokenizer and preprocessor."""

from __future__ import annotations

import json
import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from plugin.errors import InputError, printable

WEIGHTS = ("model.safetensors", "model.safetensors.index.json", "pytorch_model.bin", "pytorch_model.bin.index.json")
"""What weights are looked for as; safetensors come first, for nothing in them can run."""
VOCABULARIES = ("tokenizer.json", "vocab.json", "vocab.txt", "spiece.model", "sentencepiece.bpe.model")
"""One of these any tokenizer has."""
CUT = 300
"""Characters of a library's error that are told on."""


def read_json(folder: Path, name: str, purpose: str) -> dict[str, Any]:
    """Read a file of settings of a checkpoint.

    Raises
    ------
    InputError
        It is not there, or is no table.
    """
    path = folder / name
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"{printable(folder)}: {name} is missing, {purpose}; give a whole checkpoint") from None
    except (OSError, ValueError) as error:
        raise InputError(f"{printable(path)}: cannot be read ({error}); fetch the checkpoint again") from error
    if not isinstance(found, dict):
        raise InputError(f"{printable(path)}: holds no settings; fetch the checkpoint again")
    return found


def read_config(folder: Path, kind: str, wanted: Sequence[str] = ()) -> dict[str, Any]:
    """Read config.json and check which model it is of.

    Parameters
    ----------
    folder : Path
    kind : str
        What is wanted, for the error: "a CLAP model".
    wanted : sequence of str
        Model types that are taken; empty for any.

    Raises
    ------
    InputError
        No config.json, or one of another model.
    """
    if not folder.is_dir():
        raise InputError(f"{printable(folder)}: a file; {kind} is a folder with config.json and weights")
    config = read_json(folder, "config.json", f"so this is no checkpoint of {kind}")
    found = config.get("model_type")
    if wanted and found not in wanted:
        raise InputError(f"{printable(folder)}: a checkpoint of {found!r}, not of {kind} ({', '.join(wanted)})")
    if not isinstance(found, str):
        raise InputError(f"{printable(folder)}: config.json does not say which model it is of (model_type)")
    return config


def find_weights(folder: Path) -> Path:
    """Give the file of weights, or the list of its pieces; InputError where there is none."""
    for name in WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    raise InputError(f"{printable(folder)}: no weights ({WEIGHTS[0]} or {WEIGHTS[2]}); give a whole checkpoint")


def load_model(cls: Any, folder: Path, *, spare: Sequence[str] = ()) -> Any:
    """Load a model of transformers from a folder; code of the checkpoint is never run.

    Parameters
    ----------
    cls : type
        Has `from_pretrained`.
    spare : sequence of str
        Beginnings of names of weights that need not be there, since no graph uses them.

    Returns
    -------
    torch.nn.Module
        float32, in evaluation mode, with attention that can be traced.

    Raises
    ------
    InputError
        The weights are missing, damaged, not whole, or of another configuration.
    """
    import torch
    from safetensors import SafetensorError

    weights = find_weights(folder)
    try:
        model, report = cls.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False, weights_only=True, dtype=torch.float32,
            use_safetensors="safetensors" in weights.name, attn_implementation="eager", output_loading_info=True,
        )  # fmt: skip
    except (SafetensorError, pickle.UnpicklingError, OSError, RuntimeError, ValueError, KeyError, EOFError) as error:
        raise InputError(
            f"{printable(weights)}: cannot be loaded ({short(error)}); fetch the checkpoint again"
        ) from error
    missing = sorted(name for name in report["missing_keys"] if not name.startswith(tuple(spare)))
    if missing:
        raise InputError(
            f"{printable(weights)}: lacks {len(missing)} of the model's weights, such as {missing[0]}; "
            "fetch the checkpoint again"
        )
    return model.eval()


def load_tokenizer(folder: Path) -> Any:
    """Load the tokenizer of a checkpoint, one that is a tokenizer.json or becomes one.

    Raises
    ------
    InputError
        It is missing, damaged, or of a kind that has no tokenizer.json.
    """
    from transformers import AutoTokenizer

    if not any((folder / name).is_file() for name in VOCABULARIES):  # transformers would make one that knows no word
        raise InputError(f"{printable(folder)}: its tokenizer is missing; {', '.join(VOCABULARIES)} were looked for")
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # tokenizers raises it bare where a file is damaged
        raise InputError(f"{printable(folder)}: its tokenizer cannot be loaded ({short(error)})") from error
    if not getattr(tokenizer, "is_fast", False):
        raise InputError(f"{printable(folder)}: its tokenizer has no tokenizer.json")
    return tokenizer


def tokenizer_file(tokenizer: Any, max_tokens: int) -> bytes:
    """Give tokenizer.json: one text at a time, cut at `max_tokens`, special tokens within, nothing filled up."""
    from tokenizers import Tokenizer

    alone = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())
    alone.no_padding()
    alone.enable_truncation(max_tokens)
    return bytes(alone.to_str(), "utf-8")


def short(error: BaseException) -> str:
    """The error of a library on one line, cut."""
    line = " ".join(str(error).split()) or type(error).__name__
    return line if len(line) <= CUT else line[:CUT] + " ..."
