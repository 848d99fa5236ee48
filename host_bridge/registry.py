"""The hosts that Cuefinder knows: integrations found by entry point, so that others can add theirs."""

from __future__ import annotations

import logging
from importlib.metadata import EntryPoint, entry_points

from host_bridge.errors import HostError
from host_bridge.integration import Integration

GROUP = "cuefinder.hosts"
"""Entry point group; each entry is a class of `Integration` that is made without arguments."""

log = logging.getLogger(__name__)
logging.getLogger("host_bridge").addHandler(logging.NullHandler())


def integrations() -> tuple[dict[str, Integration], dict[str, str]]:
    """Load all integrations.

    Returns
    -------
    dict of str to Integration
        By key, in the order of keys.
    dict of str to str
        Adapters that are broken, by the entry point's name, with the reason; they are logged, and stop nothing.
    """
    good: dict[str, Integration] = {}
    broken: dict[str, str] = {}
    for entry in entry_points(group=GROUP):
        try:
            found = load(entry)
        except Exception as error:  # noqa: BLE001 - whatever another's adapter raises must not stop the others
            broken[entry.name] = f"{type(error).__name__}: {error}"
            log.warning("host adapter %s (%s) is left out: %s", entry.name, entry.value, broken[entry.name])
            continue
        good[found.key] = found
    return dict(sorted(good.items())), broken


def load(entry: EntryPoint) -> Integration:
    """Load one integration.

    Raises
    ------
    TypeError
        It is none.
    """
    made = entry.load()()
    if not isinstance(made, Integration):
        raise TypeError(f"{entry.value} is no host_bridge.integration.Integration")
    return made


def integration(key: str) -> Integration:
    """The integration with this key.

    Raises
    ------
    HostError
        There is none, or it is broken.
    """
    good, broken = integrations()
    if key in good:
        return good[key]
    if key in broken:
        raise HostError(key, f"its adapter is broken: {broken[key]}")
    raise HostError(key, f"no such host; there are {', '.join(good)}")
