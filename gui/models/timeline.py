"""The list of clips, kept in step with the editor: what is said of a clip survives every new reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import Enum

from gui.models.captions import Captions, Said
from gui.models.clips import Clip, MediaRange, TimelineView


class State(Enum):
    """How far listening to a clip is."""

    WAITING = "waiting"
    LISTENING = "listening"
    DONE = "done"
    FAILED = "failed"


@dataclass(slots=True)
class ClipRow:
    """A clip in the list.

    Attributes
    ----------
    clip : Clip
    said : Said or None
    state : State
    reason : str
        Why it failed.
    """

    clip: Clip
    said: Said | None = None
    state: State = State.WAITING
    reason: str = ""

    @property
    def caption(self) -> str:
        """The line that is shown, edited, and carried into markers."""
        return self.said.text if self.said is not None else ""

    @property
    def chips(self) -> tuple[str, ...]:
        """Words for it, best first: of the sound where there is some, then of the picture."""
        return () if self.said is None else tuple(dict.fromkeys(self.said.tags + self.said.moods))


@dataclass(frozen=True, slots=True)
class Splice:
    """A step from the old list to the new: rows from `first` up to `last` give way to `rows`."""

    first: int
    last: int
    rows: list[ClipRow]


class ClipList:
    """The rows, by timeline track and time.

    Parameters
    ----------
    captions : Captions
    """

    def __init__(self, captions: Captions) -> None:
        self.captions = captions
        self.rows: list[ClipRow] = []

    def splices(self, clips: Sequence[Clip]) -> list[Splice]:
        """The steps that make the list show these clips, from the last to the first; apply each to `rows`.

        Rows of clips that are still there stay themselves, and are brought up to date at once.
        """
        known = {row.clip.key: row for row in self.rows}
        new = []
        for clip in clips:
            row = known.get(clip.key) or ClipRow(clip)
            if row.clip.range != clip.range or clip.stamp not in (None, row.clip.stamp):
                row.state, row.reason = State.WAITING, ""
            row.clip = clip
            self._settle(row)
            new.append(row)
        old_keys, new_keys = [row.clip.key for row in self.rows], [row.clip.key for row in new]
        if old_keys == new_keys:
            return []
        steps = SequenceMatcher(None, old_keys, new_keys, autojunk=False).get_opcodes()
        return [Splice(a, b, new[c:d]) for what, a, b, c, d in reversed(steps) if what != "equal"]

    def refresh(self, view: TimelineView) -> None:
        """Show a timeline as it is now."""
        for splice in self.splices(view.clips):
            self.rows[splice.first : splice.last] = splice.rows

    def of_range(self, part: MediaRange | None) -> list[int]:
        """The places of all rows that play a part of a file."""
        return [number for number, row in enumerate(self.rows) if part is not None and row.clip.range == part]

    def waiting(self) -> list[ClipRow]:
        """The rows that nothing is said of yet and that can be heard, some of them once their sound is exported."""
        return [row for row in self.rows if row.state is State.WAITING and (row.clip.ref or row.clip.to_export)]

    def retry(self) -> list[ClipRow]:
        """The rows that nothing is said of yet, those that failed among them: they wait again."""
        for row in self.rows:
            if row.state is State.FAILED and (row.clip.ref or row.clip.to_export):
                row.state, row.reason = State.WAITING, ""
        return self.waiting()

    def listening(self, part: MediaRange) -> bool:
        """Whether a part is being heard."""
        return any(self.rows[place].state is State.LISTENING for place in self.of_range(part))

    def listen(self, part: MediaRange) -> list[int]:
        """Note that a part is being heard; gives the rows."""
        places = self.of_range(part)
        for place in places:
            self.rows[place].state, self.rows[place].reason = State.LISTENING, ""
        return places

    def hear(self, part: MediaRange, said: Said) -> list[int]:
        """Take what was heard; gives the rows that changed."""
        self.captions.keep(part, said)
        return self.settle(part)

    def fail(self, part: MediaRange, reason: str) -> list[int]:
        """Note why a part could not be heard; gives the rows that changed."""
        places = self.of_range(part)
        for place in places:
            self.rows[place].state, self.rows[place].reason = State.FAILED, reason
        return places

    def settle(self, part: MediaRange) -> list[int]:
        """Let rows that were being heard show what is known of them; gives them."""
        places = self.of_range(part)
        for place in places:
            self.rows[place].state = State.WAITING
            self._settle(self.rows[place])
        return places

    def forget(self, part: MediaRange) -> list[int]:
        """Drop what is said of a part, so that it is heard anew; gives the rows."""
        self.captions.forget(part)
        places = self.of_range(part)
        for place in places:
            row = self.rows[place]
            row.said, row.state, row.reason = None, State.WAITING, ""
        return places

    def edit(self, place: int, text: str) -> list[int]:
        """Take the user's own words for a clip; none let it be heard anew. Gives the rows that changed."""
        row = self.rows[place]
        part, words = row.clip.range, " ".join(text.split())
        if part is None or words == row.caption:
            return []
        if not words:
            return self.forget(part)
        old = row.said or Said("")
        self.captions.keep(part, Said(words, old.tags, old.moods, True, row.clip.stamp))
        return self.settle(part)

    def _settle(self, row: ClipRow) -> None:
        row.said = self.captions.of(row.clip)
        if row.state is State.LISTENING:
            return
        if row.said is not None:
            row.state, row.reason = State.DONE, ""
        elif row.clip.missing and not row.clip.to_export:
            row.state, row.reason = State.FAILED, row.clip.missing
        elif row.state is State.DONE:
            row.state = State.WAITING
