"""Commands as Audacity reads them, and strings as its Nyquist (Lisp) does."""

from __future__ import annotations

from fractions import Fraction

from host_bridge.audacity.paths import NAME
from host_bridge.errors import HostError

Argument = str | int | float | Fraction


def command(name: str, **arguments: Argument) -> str:
    """A command line: ``SetTrack: Name="Bass" Selected=1``. Fractions are seconds."""
    return " ".join([f"{name}:", *(f"{key}={_value(value)}" for key, value in arguments.items())])


def _value(value: Argument) -> str:
    if isinstance(value, str):
        return quote(value)
    return str(value) if isinstance(value, int) else decimal(value)


def decimal(value: float | Fraction) -> str:
    """A number with enough digits for one sample in a day."""
    return f"{float(value):.10f}".rstrip("0").rstrip(".")


def quote(text: str) -> str:
    r"""A quoted argument.

    Raises
    ------
    HostError
        It holds a control character, or ``\n``, which Audacity turns into a new line however it is written.
    """
    if any(ord(character) < 32 for character in text) or "\\n" in text:
        raise HostError(NAME, f"it cannot take line breaks or \\n in a name: {text!r}")
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def lisp_string(text: str) -> str:
    """An expression that gives the text; a backslash goes by its number, as Audacity rewrites some pairs."""
    parts = ['"' + part.replace('"', '\\"') + '"' for part in " ".join(text.splitlines()).split("\\")]
    return parts[0] if len(parts) == 1 else f"(strcat {' (string (int-char 92)) '.join(parts)})"
