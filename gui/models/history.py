"""Questions asked before, as a browser keeps pages: back, forward, and a new one ends what lay ahead."""

from __future__ import annotations

from collections.abc import Iterable

from gui.models.query import QueryDraft

LIMIT = 200


class History:
    """Where the user is among the questions that were asked; it begins at an empty one."""

    def __init__(self) -> None:
        self._drafts = [QueryDraft()]
        self._at = 0

    @property
    def can_go_back(self) -> bool:
        """Whether there is an older question."""
        return self._at > 0

    @property
    def can_go_forward(self) -> bool:
        """Whether there is a newer question."""
        return self._at < len(self._drafts) - 1

    def recall(self, older: Iterable[QueryDraft]) -> None:
        """Put questions of earlier days behind all others, the oldest first."""
        drafts = list(older)
        self._drafts[:0] = drafts
        self._at += len(drafts)

    def visit(self, draft: QueryDraft) -> None:
        """Note that a question was asked; the same one again is no step."""
        if self._drafts[self._at] == draft:
            return
        self._drafts[self._at + 1 :] = [draft]
        del self._drafts[:-LIMIT]
        self._at = len(self._drafts) - 1

    def back(self) -> QueryDraft:
        """Go to the question before."""
        self._at = max(self._at - 1, 0)
        return self._drafts[self._at]

    def forward(self) -> QueryDraft:
        """Go to the question after."""
        self._at = min(self._at + 1, len(self._drafts) - 1)
        return self._drafts[self._at]
