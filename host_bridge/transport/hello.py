"""The first message of a host: who it is, what it can do, and the token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from host_bridge.host import Capability
from host_bridge.transport.messages import INVALID_PARAMS, INVALID_REQUEST, PROTOCOL, WRONG_PROTOCOL, MessageError

LONGEST_NAME = 100


@dataclass(frozen=True)
class Hello:
    """Who a host is.

    Attributes
    ----------
    host, version : str
        The program's name and version.
    instance : str
        The running program: a new connection of the same instance takes the old one's place.
    capabilities : frozenset of Capability
        Those of this version of Cuefinder; a host may name further ones, which are left out.
    """

    host: str
    version: str
    instance: str
    capabilities: frozenset[Capability]


def read_hello(message: dict[str, Any]) -> tuple[Hello, str]:
    """Read a hello and its token.

    Raises
    ------
    MessageError
        It is none, or of another version of the protocol.
    """
    if message.get("method") != "hello" or message.get("id") is None:
        raise MessageError(INVALID_REQUEST, "the first message must be the request hello")
    params = message["params"]
    protocol = params.get("protocol")
    if type(protocol) is not int:
        raise MessageError(INVALID_PARAMS, "protocol must be a whole number")
    if protocol != PROTOCOL:
        older = (
            "the host's script is older; run: cuefinder hosts install" if protocol < PROTOCOL else "update Cuefinder"
        )
        raise MessageError(WRONG_PROTOCOL, f"protocol {protocol}, but this panel speaks {PROTOCOL}: {older}")
    texts = [params.get(name) for name in ("host", "version", "instance", "token")]
    if not all(isinstance(text, str) and len(text) <= LONGEST_NAME for text in texts) or not texts[0]:
        raise MessageError(INVALID_PARAMS, f"host, version, instance and token must be texts of up to {LONGEST_NAME}")
    can = params.get("capabilities")
    if not isinstance(can, list) or not all(isinstance(name, str) for name in can):
        raise MessageError(INVALID_PARAMS, "capabilities must be a list of texts")
    host, version, instance, token = (str(text) for text in texts)
    known = frozenset(Capability(name) for name in can if name in set(Capability))
    return Hello(host, version, instance, known), token
