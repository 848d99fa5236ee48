"""JSON-RPC 2.0 messages, one to a line of UTF-8: made, read and limited."""

from __future__ import annotations

import json
from typing import Any

PROTOCOL = 1
"""Version of the protocol; a host says its own in `hello`."""
LONGEST_LINE = 16 * 2**20
"""Bytes of the longest message: some 50,000 clips."""
LONGEST_HELLO = 4096
"""Bytes of the longest line from a peer that has not shown the token."""
MOST_PER_SECOND = 200.0
"""Messages that a peer may send on average; three seconds' worth may come at once."""
DEEPEST = 32
"""Objects and lists inside of each other."""

PARSE_ERROR, INVALID_REQUEST, NO_METHOD, INVALID_PARAMS = -32700, -32600, -32601, -32602
REFUSED, STALE, PARTIAL, NOTHING_TO_UNDO, WRONG_TOKEN, WRONG_PROTOCOL, TOO_MUCH = range(-32000, -32007, -1)


class MessageError(Exception):
    """A line that is no message of the protocol.

    Parameters
    ----------
    code : int
        JSON-RPC's.
    reason : str
    """

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


def write(message: dict[str, Any]) -> bytes:
    """One line, ASCII, so that no transport can break a name; NaN and infinity are refused with ValueError."""
    return json.dumps({"jsonrpc": "2.0", **message}, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def error(id: object, code: int, reason: str) -> bytes:
    """The line of an error reply."""
    return write({"id": id, "error": {"code": code, "message": reason}})


def read(line: bytes) -> dict[str, Any]:
    """Read one line.

    Returns
    -------
    dict
        A request or notification (`method` str, `params` dict, `id` int or str where an answer is wanted), or a reply
        (`id`, and `result` or `error` with `code` int and `message` str).

    Raises
    ------
    MessageError
    """
    if len(line) > LONGEST_LINE:
        raise MessageError(TOO_MUCH, f"a message of more than {LONGEST_LINE} bytes")
    try:
        message = json.loads(line.decode("utf-8"), parse_constant=_refuse)
    except (ValueError, RecursionError) as fault:
        raise MessageError(PARSE_ERROR, f"no JSON in UTF-8: {fault}") from None
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        raise MessageError(INVALID_REQUEST, "no JSON-RPC 2.0 object")
    if not shallow(message):
        raise MessageError(INVALID_REQUEST, f"more than {DEEPEST} lists and objects inside of each other")
    if "id" in message and (isinstance(message["id"], bool) or not isinstance(message["id"], (int, str, type(None)))):
        raise MessageError(INVALID_REQUEST, "an id must be a number or a string")
    if "method" in message:
        message.setdefault("params", {})
        if not isinstance(message["method"], str) or not isinstance(message["params"], dict):
            raise MessageError(INVALID_REQUEST, "a method must be a string and its params an object")
    elif "id" not in message or ("result" in message) == ("error" in message):
        raise MessageError(INVALID_REQUEST, "neither a method nor a result or an error")
    elif "error" in message:
        said = message["error"]
        if not isinstance(said, dict) or not isinstance(said.get("message"), str) or type(said.get("code")) is not int:
            raise MessageError(INVALID_REQUEST, "an error without code and message")
    return message


def shallow(value: Any, room: int = DEEPEST) -> bool:
    """Whether lists and objects are nested no deeper than allowed."""
    if not isinstance(value, (dict, list)):
        return True
    parts = value.values() if isinstance(value, dict) else value
    return room > 0 and all(shallow(part, room - 1) for part in parts)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
