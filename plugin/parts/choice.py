"""Which parts are in use on this machine, by role; where none is named, the core pack does the work."""

from __future__ import annotations

import json
from pathlib import Path

from plugin.errors import InputError, PackError, printable
from plugin.parts.part import ROLES, Part
from plugin.paths import atomic_write, data_dir, parts_dir

CORE = "core"


def choice_path() -> Path:
    """Give the file that names the parts in use."""
    return data_dir() / "models.json"


def choice() -> dict[str, str]:
    """Read which part is in use for which role.

    Raises
    ------
    PackError
        The file cannot be read or is damaged.
    """
    path = choice_path()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise PackError(f"{printable(path)}: cannot be read ({error.strerror}); the core pack is used") from error
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found.values()):
        raise PackError(
            f"{printable(path)}: damaged, so the core pack is used; choose again with 'cuefinder models use NAME'"
        )
    return found


def choose(role: str, name: str | None) -> None:
    """Put an installed part into use for its role, or the core pack where `name` is None.

    Raises
    ------
    InputError
        An unknown role, or a part for another one.
    PackError
        There is no such part, or it is damaged.
    OSError
        The choice cannot be written; the old one stays.
    """
    if role not in ROLES:
        raise InputError(f"role {role!r}: unknown; choose one of {', '.join(ROLES)}")
    if name is not None:
        part = installed_part(name)
        if part.role != role:
            raise InputError(f"{name}: a part for {part.role}, not for {role}")
    try:
        chosen = choice()
    except PackError:  # what it said is lost already
        chosen = {}
    chosen.pop(role, None)
    if name is not None:
        chosen[role] = name
    atomic_write(choice_path(), (json.dumps(chosen, indent=1) + "\n").encode())


def installed_part(name: str) -> Part:
    """Open an installed part by its name.

    Raises
    ------
    InputError
        There is none of this name.
    PackError
        It is damaged.
    """
    folder = parts_dir() / name
    if name in ("", ".", "..") or Path(name).name != name or not folder.is_dir():
        raise InputError(f"{printable(name)}: no such model is installed; see 'cuefinder models list'")
    return Part(folder)


def instead(role: str) -> str:
    """Say who does the work of a part that cannot be used, and how that is made to stay."""
    return f"the core pack is used for {role} (to keep it so: 'cuefinder models use core --role {role}')"


def parts_in_use() -> tuple[dict[str, Part], list[str]]:
    """Open the parts in use.

    Returns
    -------
    dict of str to Part
        By role.
    list of str
        A line for each entry that cannot be used; the core pack does its work.
    """
    try:
        chosen = choice()
    except PackError as error:
        return {}, [str(error)]
    parts, problems = {}, []
    for role, name in chosen.items():
        if role not in ROLES:
            problems.append(f"{printable(choice_path())}: names a part for {role!r}, which is no role; it is not used")
            continue
        try:
            part = installed_part(name)
            if part.role != role:
                raise InputError(f"{name}: a part for {part.role}, not for {role}")
        except (InputError, PackError) as error:
            problems.append(f"{error}; {instead(role)}")
        else:
            parts[role] = part
    return parts, problems
