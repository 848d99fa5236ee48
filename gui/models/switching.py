"""Other models that shall come into use: what they need before, and how they do; calls may take hours.

Where they hear music in a space of their own, the library is heard again with them first
(`plugin.library.rehearing`), and stays as it is until all of it was. The wish is kept in a file, so that the panel
goes on with it after any end.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gui.models.cancellation import Cancellation
from gui.models.engines import Engines
from gui.models.service import PROGRESS_SECONDS, IndexState, index_state
from plugin.errors import CuefinderError, PackError, printable
from plugin.library.progress import Progress
from plugin.parts.installed import chosen_or_none
from plugin.paths import atomic_write, data_dir

if TYPE_CHECKING:
    from gui.models.lending import WatchedEngine
    from plugin.library.rehearing import Status
    from plugin.parts.switching import Switch

PASSES = 3
"""Over the library, for tracks that came while it was heard; what comes later the watcher finds."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Models that shall come into use.

    Attributes
    ----------
    library : str
        File of the library that is heard with them first.
    role, name : str
        A part and what it does; without a name the core pack does it again. Both empty for a pack.
    pack : str
        Folder of a pack that does all the work; empty for the shipped one with the parts beside it.
    paused : bool
        The user has stopped the hearing.
    """

    library: str
    role: str = ""
    name: str = ""
    pack: str = ""
    paused: bool = False

    @property
    def label(self) -> str:
        """What the user calls it."""
        return printable(self.name or Path(self.pack).name or "core")


@dataclass(frozen=True)
class Change:
    """A wish that was looked into.

    Attributes
    ----------
    engine : WatchedEngine
        As it will be, loaded.
    switch : Switch or None
        What is written when a part comes into use.
    device : str
        That was asked for when it was loaded.
    strangers : int
        Tracks that must be heard again first.
    """

    wish: Wish
    engine: WatchedEngine
    device: str
    switch: Switch | None
    strangers: int

    @property
    def dropped(self) -> str:
        """The part for words that goes out of use with it; mostly none."""
        return "" if self.switch is None or self.switch.dropped is None else self.switch.dropped.name


def wish_path() -> Path:
    """Give the file of the wish."""
    return data_dir() / "models.next.json"


def read_wish(library: Path) -> Wish | None:
    """Give what is wished for a library and did not come into use yet.

    Raises
    ------
    PackError
        The file is damaged or cannot be read.
    """
    path = wish_path()
    try:
        wish = Wish(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError) as error:
        raise PackError(
            f"{printable(path)}: cannot be read, so the models stay as they are; choose others again"
        ) from error
    return wish if wish.library == str(library) else None


def keep_wish(wish: Wish | None) -> None:
    """Write a wish, or remove what was kept."""
    if wish is None:
        wish_path().unlink(missing_ok=True)
    else:
        atomic_write(wish_path(), (json.dumps(asdict(wish), indent=1) + "\n").encode())


def plan(wish: Wish, engines: Engines) -> Change:
    """Load the models that are wished, and find out whether tracks must be heard again; then the wish is kept.

    Raises
    ------
    CuefinderError
        They cannot be used; the library cannot be read.
    OSError
        The wish cannot be kept.
    """
    from gui.models.lending import WatchedEngine
    from plugin.parts.switching import plan_switch

    switch, device = None, engines.device
    if wish.role:
        switch = plan_switch(wish.role, wish.name or None, device)
        folders = {role: part.folder for role, part in switch.engine.parts.items()}
        engine = WatchedEngine(None, device, parts=folders)
    else:
        engine = WatchedEngine(Path(wish.pack) if wish.pack else None, device)
    engine.load()
    strangers = _strangers(Path(wish.library), engine.space, engines)
    if strangers:
        keep_wish(wish)
    return Change(wish, engine, device, switch, strangers)


def _strangers(library: Path, space: str, engines: Engines) -> int:
    with suppress(CuefinderError):  # nothing can be asked of the models in use, which is a reason to want others
        if engines.engine().space == space:
            return 0
    if not library.exists():
        return 0
    from plugin.library.store import Library
    from plugin.library.tracks import spaces

    with Library(library) as opened:
        return sum(count for other, count in spaces(opened).items() if other != space)


def hear(change: Change, on_state: Callable[[IndexState], None], cancellation: Cancellation) -> Status:
    """Hear all tracks with the new models; what was heard is kept, also of a run that ends early.

    Raises
    ------
    CancelledError
        The user ended it.
    LockedError
        Another process hears the library again.
    CuefinderError
        The library or the models cannot be used.
    """
    from gui.models.lending import lend
    from plugin.library.rehearing import Rehearing, status

    library = Path(change.wish.library)
    next_report = 0.0

    def step(progress: Progress) -> None:
        nonlocal next_report
        cancellation.check()
        if time.monotonic() >= next_report or progress.share == 1.0:
            next_report = time.monotonic() + PROGRESS_SECONDS
            on_state(index_state(progress, rehearing.report, before=rehearing.report.unchanged))

    for _ in range(PASSES):
        rehearing = Rehearing(library, lend(change.engine, cancellation), on_progress=step)
        rehearing.run()
        cancellation.check()
        now = status(library, change.engine.space)
        if now.total == now.done + now.failed + now.away:
            break
    return now


def finish(change: Change, engines: Engines) -> int:
    """Take over what was heard and use the new models; gives how many tracks it was. For the library's writer.

    Raises
    ------
    LockedError
        Another process writes to the library; try again.
    CuefinderError, OSError
        The disk does not take it.
    """
    from plugin.library.adopting import adopt

    wish, engine = change.wish, change.engine
    library = Path(wish.library)
    count = adopt(library, engine.space) if change.strangers and library.exists() else 0
    pack = Path(wish.pack) if wish.pack else None
    device = engines.device
    try:
        if change.switch is not None:
            change.switch.make()
    finally:  # the library is of these models now, also where the disk does not take the choice
        engines.take(engine, pack, change.device, chosen_or_none())
    if device != change.device:  # the user changed it meanwhile
        engines.change(pack, device)
    return count


def give_up(library: Path) -> None:
    """Forget the wish, and remove what was heard for it.

    Raises
    ------
    LockedError
        Another process hears the library again.
    OSError
        It cannot be removed.
    """
    from plugin.library.backups import remove_store, second_store
    from plugin.library.lock import WriterLock

    second = second_store(library)
    if second.exists():
        lock = WriterLock(second)
        try:
            remove_store(second)
        finally:
            lock.release()
    keep_wish(None)
