"""Putting another model into use: what that changes, and how many tracks it makes strangers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from plugin.errors import InputError, PackError
from plugin.parts.choice import choose, installed_part
from plugin.parts.part import ROLES, Part
from plugin.runtime.engine import Engine


@dataclass(frozen=True)
class Switch:
    """A change of the models in use that has not been made yet.

    Attributes
    ----------
    role : str
    part : Part or None
        None for the core pack.
    engine : Engine
        As it will be; no model is loaded yet.
    before : str
        The space in use now.
    dropped : Part or None
        A part for words that does not fit the new space and goes out of use.
    """

    role: str
    part: Part | None
    engine: Engine
    before: str
    dropped: Part | None = None

    @property
    def changes_space(self) -> bool:
        """Whether what the library knows of its tracks can no longer be used."""
        return self.engine.space != self.before

    def strangers(self, library: Path) -> int:
        """Count the tracks of a library that must be heard again; 0 where what the library knows can be used."""
        return strangers(library, self.engine.space) if self.changes_space else 0

    def make(self) -> None:
        """Write the choice."""
        if self.dropped is not None:
            choose("text", None)
        choose(self.role, None if self.part is None else self.part.name)


def strangers(library: Path, space: str) -> int:
    """Count the tracks of a library that were heard for another space; 0 where there is no library."""
    from plugin.library.store import Library
    from plugin.library.tracks import spaces

    if not library.exists():
        return 0
    with Library(library) as opened:
        return sum(count for each, count in spaces(opened).items() if each != space)


def plan_switch(role: str, name: str | None, device: str = "auto") -> Switch:
    """Find out what it means to put a part into use for a role, or the core pack where `name` is None.

    Raises
    ------
    InputError
        An unknown role, no such part, or a part for another role.
    PackError
        The part is damaged, or does not go together with the others in use.
    """
    if role not in ROLES:
        raise InputError(f"role {role!r}: unknown; choose one of {', '.join(ROLES)}")
    part = None if name is None else installed_part(name)
    if part is not None and part.role != role:
        raise InputError(f"{part.name}: a part for {part.role}, not for {role}")
    if part is not None and (damage := part.pack.problems()):
        raise PackError(damage[0])
    now = Engine(device=device)
    parts, before = dict(now.parts), now.space
    parts.pop(role, None)
    if part is not None:
        parts[role] = part
    dropped = _unfit(parts, role)
    if dropped is not None:
        del parts["text"]
    engine = Engine(device=device, parts={each: found.folder for each, found in parts.items()})
    return Switch(role, part, engine, before, dropped)


def _unfit(parts: dict[str, Part], role: str) -> Part | None:
    """Give the part for words that a change of the joint space leaves without one."""
    text = parts.get("text")
    if role != "joint" or text is None:
        return None
    alone = {each: found.folder for each, found in parts.items() if each == "joint"}
    space = parts["joint"].space if alone else Engine(parts={}).space
    return text if text.settings["for_space"] != space else None
