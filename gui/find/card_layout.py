"""Where the parts of a card lie."""

from __future__ import annotations

from dataclasses import dataclass, fields

from PyQt6.QtCore import QRect, QSize, Qt
from PyQt6.QtGui import QFontMetrics
from PyQt6.QtWidgets import QStyle

from gui.models.columns import STARS

NARROWEST = 62
"""Characters of middling width that a card needs."""
LINES = 7
"""Title, facts, two for the waveform, tags, two for the caption."""
WAVE_LINES, CAPTION_LINES = 2, 2
WIDEST = "00:00-00:00  +0.00"


@dataclass(frozen=True, slots=True)
class CardLayout:
    """The places of a card's parts, in the coordinates of its view."""

    frame: QRect
    heart: QRect
    title: QRect
    folded: QRect
    stars: QRect
    facts: QRect
    score: QRect
    wave: QRect
    bars: QRect
    tags: QRect
    caption: QRect

    @classmethod
    def of(cls, cell: QRect, metrics: QFontMetrics, direction: Qt.LayoutDirection, folded: str) -> CardLayout:
        """Lay a card out in its cell; `folded` is what the title leaves room for."""
        line, gap = metrics.height(), gap_of(metrics)
        frame = cell.adjusted(gap // 2, gap // 2, -gap // 2, -gap // 2)
        inside = frame.adjusted(gap, gap, -gap, -gap)
        widths = {name: metrics.horizontalAdvance(text) for name, text in
                  (("heart", "♥ "), ("stars", "★" * STARS), ("folded", folded), ("right", WIDEST))}  # fmt: skip
        tops = [inside.top() + step for step in (0, line, 2 * line + gap, 4 * line + gap, 5 * line + 2 * gap)]

        def place(left: int, top: int, right: int, lines: int = 1) -> QRect:
            """Between two distances from the left edge; a negative one counts from the right."""
            end = inside.width() + right if right <= 0 else right
            begin = inside.width() + left if left < 0 else left
            return QRect(inside.left() + begin, top, max(0, end - begin), lines * line)

        stars = -widths["stars"]
        aside = stars - gap - widths["folded"] if folded else stars
        places = {
            "heart": place(0, tops[0], widths["heart"]),
            "title": place(widths["heart"], tops[0], aside - gap),
            "folded": place(aside, tops[0], stars - gap) if folded else QRect(),
            "stars": place(stars, tops[0], 0),
            "facts": place(0, tops[1], -widths["right"] - gap),
            "score": place(-widths["right"], tops[1], 0),
            "wave": place(0, tops[2], -widths["right"] - gap, WAVE_LINES),
            "bars": place(-widths["right"], tops[2], 0, WAVE_LINES + 1),
            "tags": place(0, tops[3], -widths["right"] - gap),
            "caption": place(0, tops[4], 0, CAPTION_LINES),
        }
        return cls(frame, **{name: QStyle.visualRect(direction, inside, rect) for name, rect in places.items()})

    def part_at(self, point: object) -> str:
        """Name the part that lies at a point; "frame" between them, nothing outside."""
        names = [field.name for field in fields(self) if getattr(self, field.name).contains(point)]
        return names[-1] if names else ""


def gap_of(metrics: QFontMetrics) -> int:
    """Pixels between parts that do not belong together."""
    return max(4, metrics.height() // 3)


def least_size(metrics: QFontMetrics) -> QSize:
    """The size of the cell of the narrowest card."""
    return QSize(NARROWEST * metrics.averageCharWidth(), LINES * metrics.height() + 5 * gap_of(metrics))
