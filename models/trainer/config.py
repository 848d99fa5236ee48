"""Configurations as files: TOML in, validated settings out, and back."""

from __future__ import annotations

import difflib
import json
import math
import tomllib
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from models.errors import ConfigError
from models.systems.base import Recipe
from models.systems.settings import SystemSettings
from plugin.errors import printable

S = TypeVar("S", bound=SystemSettings)
NONE = "none"
"""How a file writes that an optional value is not there, which TOML itself cannot."""


def load_settings(recipe: Recipe[S], path: Path | None, overrides: Mapping[str, str]) -> S:
    """Read a configuration; what it does not give has the paper's value.

    Parameters
    ----------
    path : Path, optional
        TOML file.
    overrides : mapping of str to str
        Values by dotted key, such as {"stages.joint.batch": "8"}; they win over the file.

    Raises
    ------
    ConfigError
        For a file that cannot be read, unknown keys and values that do not fit: all of them, in one line.
    """
    data: dict[str, Any] = {} if path is None else _read(path)
    for key, text in overrides.items():
        _put(data, key, _value(text))
    try:
        return recipe.settings.model_validate(_completed(recipe.settings, data))
    except ValidationError as error:
        texts = [key for key in overrides if _wants_text(error, key)]
        if texts:  # 8 is a fine text where a text is wanted
            for key in texts:
                _put(data, key, overrides[key])
            try:
                return recipe.settings.model_validate(_completed(recipe.settings, data))
            except ValidationError as again:
                error = again
        raise ConfigError(_explain(recipe.settings, error, data, path, overrides)) from error


def to_toml(settings: BaseModel) -> str:
    """Write settings as TOML text that `load_settings` reads back to the same values."""
    return "\n".join(_table(settings.model_dump(mode="json"), ())).lstrip("\n") + "\n"


def differences(one: Any, other: Any, key: str = "") -> list[str]:
    """Dotted keys at which two nested mappings differ."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        names = dict.fromkeys((*one, *other))
        return [
            found
            for name in names
            for found in differences(one.get(name), other.get(name), f"{key}.{name}" if key else str(name))
        ]
    return [] if one == other else [key]


def _read(path: Path) -> dict[str, Any]:
    shown = printable(path)
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError as error:
        raise ConfigError(f"{shown}: no such file") from error
    except OSError as error:
        raise ConfigError(f"{shown}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{shown}: not a text file in UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{shown}: not TOML: {' '.join(str(error).split())}") from error


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text  # a word without quotes


def _put(data: dict[str, Any], key: str, value: Any) -> None:
    *tables, last = key.split(".")
    for depth, name in enumerate(tables):
        data = data.setdefault(name, {})
        if not isinstance(data, dict):
            raise ConfigError(f"--set {key}: {'.'.join(tables[: depth + 1])} is a value, not a table")
    data[last] = value


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Settings among the alternatives of an annotation."""
    for kind in _alternatives(annotation):
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield kind


def _alternatives(annotation: Any) -> list[Any]:
    if get_origin(annotation) in (Union, types.UnionType):
        return [found for argument in get_args(annotation) for found in _alternatives(argument)]
    if hasattr(annotation, "__metadata__"):
        return _alternatives(get_args(annotation)[0])
    return [annotation]


def _completed(model: type[BaseModel], data: Mapping[str, Any], default: BaseModel | None = None) -> dict[str, Any]:
    """Fill tables in from what they are by default, and turn NONE into None.

    A stage's defaults are values of its own, not those of the class of all stages, so a table that gives one key must
    not lose the others.
    """
    result: dict[str, Any] = {name: getattr(default, name) for name in model.model_fields} if default else {}
    for key, value in data.items():
        field = model.model_fields.get(key)
        own = getattr(default, key, None) if default else _default(field)
        result[key] = value if field is None else _converted(field.annotation, value, own)
    return result


def _converted(annotation: Any, value: Any, default: Any = None) -> Any:
    """Apply `_completed` within a value of a file; NONE is None where that may be and NONE is not a word of its own."""
    kinds = _alternatives(annotation)
    if isinstance(value, dict):
        inner = list(_models(annotation))
        if len(inner) == 1:
            return _completed(inner[0], value, default if type(default) is inner[0] else None)
        element = next((get_args(kind)[1] for kind in kinds if get_origin(kind) in (dict, Mapping)), None)
        return {key: _converted(element, item) for key, item in value.items()}
    if isinstance(value, list):
        element = next((get_args(kind)[0] for kind in kinds if get_origin(kind) in (tuple, list)), None)
        return [_converted(element, item) for item in value]
    words = [word for kind in kinds if get_origin(kind) is Literal for word in get_args(kind)]
    return None if value == NONE and type(None) in kinds and NONE not in words else value


def _default(field: FieldInfo | None) -> Any:
    return None if field is None or field.is_required() else field.get_default(call_default_factory=True)


def _wants_text(error: ValidationError, key: str) -> bool:
    return any(
        each["type"] in ("string_type", "literal_error") and ".".join(map(str, each["loc"])).startswith(key)
        for each in error.errors()
    )


def _explain(
    model: type[BaseModel],
    error: ValidationError,
    data: Mapping[str, Any],
    path: Path | None,
    overrides: Mapping[str, str],
) -> str:
    """Say all that is wrong in one line, after the file or option that it comes from."""
    lines: dict[str, list[str]] = {}
    for each in error.errors():
        loc, value = _locate(each["loc"], data)
        key = ".".join(map(str, loc))
        if each["type"] == "extra_forbidden":
            text = f"{key}: unknown key{_closest(model, loc)}"
        elif each["type"] == "missing":
            text = f"{'.'.join(map(str, each['loc']))}: missing"
        else:
            reason = each["msg"].removeprefix("Value error, ").removeprefix("Input ")
            text = (
                f"{key or 'all'} = {_short(value)}: {reason}" if not isinstance(value, Mapping) else f"{key}: {reason}"
            )
        given = any(option == key or option.startswith(f"{key}.") for option in overrides)
        source = "--set" if given or path is None else printable(path)
        texts = lines.setdefault(source, [])
        if text not in texts:
            texts.append(text)
    return " ".join("; ".join(f"{source}: {'; '.join(texts)}" for source, texts in lines.items()).split())


def _locate(loc: tuple[int | str, ...], data: Any) -> tuple[tuple[int | str, ...], Any]:
    """Leave out of a location what names an alternative of a type and not a key; give the value there, too."""
    kept: list[int | str] = []
    for part in loc:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            continue
        kept.append(part)
    return tuple(kept), data


def _closest(model: type[BaseModel], loc: tuple[int | str, ...]) -> str:
    """Suggest the key that was probably meant: of the same table, else of any table."""
    *tables, wrong = map(str, loc)
    known: type[BaseModel] | None = model
    for name in tables:
        field = known.model_fields.get(name) if known else None
        known = next(_models(field.annotation), None) if field else None
    here = list(known.model_fields) if known else []
    near = difflib.get_close_matches(wrong, here, 1)
    if near:
        return f", did you mean {'.'.join((*tables, near[0]))!r}?"
    everywhere = list(_paths(model))
    same = [path for path in everywhere if path.rpartition(".")[2] == wrong]
    if same:
        return f", did you mean {' or '.join(map(repr, same[:3]))}?"
    close = difflib.get_close_matches(wrong, [path.rpartition(".")[2] for path in everywhere], 1)
    if close:
        return f", did you mean {next(path for path in everywhere if path.rpartition('.')[2] == close[0])!r}?"
    return f" (there are {', '.join(here)})" if here else ""


def _paths(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        for inner in _models(field.annotation):
            yield from _paths(inner, f"{prefix}{name}.")


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _table(values: Mapping[str, Any], name: tuple[str, ...]) -> list[str]:
    lines = [f"{_key(key)} = {_toml(value)}" for key, value in values.items() if not isinstance(value, Mapping)]
    if name and (lines or not values):
        lines = ["", f"[{'.'.join(map(_key, name))}]", *lines]
    for key, value in values.items():
        if isinstance(value, Mapping):
            lines += _table(value, (*name, key))
    return lines


def _key(key: str) -> str:
    return key if key.isascii() and key.replace("_", "").replace("-", "").isalnum() else _toml(key)


def _toml(value: Any) -> str:
    if value is None:
        return f'"{NONE}"'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else {"nan": "nan", "inf": "inf", "-inf": "-inf"}[repr(value)]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(_toml, value)) + "]"
