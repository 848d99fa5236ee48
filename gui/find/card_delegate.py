"""How a suggestion is painted as a card, and what a click in it does."""

from __future__ import annotations

from PyQt6.QtCore import QEvent, QModelIndex, QObject, QRect, QRectF, Qt, pyqtSignal
from PyQt6.QtGui import QFont, QFontMetrics, QMouseEvent, QPainter, QPalette
from PyQt6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from gui.find.card_layout import CardLayout, gap_of
from gui.find.delegates import clicked_rating, is_click
from gui.find.painting import Colours, bar_share, keep_waveforms, paint_bar, paint_waveform
from gui.models.columns import COLUMNS, NUMBER, folded_text
from gui.models.results import ResultList, Row
from gui.painting import LEFT, paint_chips, paint_lines
from plugin.errors import printable
from plugin.suggest.query import ASPECTS
from plugin.suggest.suggestion import Suggestion

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
FACTS = ("length", "tempo", "key")
CONTROLS = ("heart", "stars", "folded")


class CardDelegate(QStyledItemDelegate):
    """Paints rows of a `ResultsTableModel` as cards.

    Signals
    -------
    rated : int, int
        Number of the row and the rating.
    favoured : int
        The heart of a row was clicked.
    unfolded : int
        The user wants to see the versions and copies of a row.
    """

    rated = pyqtSignal(int, int)
    favoured = pyqtSignal(int)
    unfolded = pyqtSignal(int)

    def __init__(self, results: ResultList, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._results = results
        self._aspects = {"video": self.tr("clip"), "text": self.tr("words"), "reference": self.tr("tracks")}
        keep_waveforms()

    def layout(self, option: QStyleOptionViewItem, index: QModelIndex) -> CardLayout:
        """Say where the parts of a card lie."""
        found = _row(index).suggestion
        return CardLayout.of(option.rect, option.fontMetrics, option.direction, _folded(found, option))

    def paint(self, painter: QPainter | None, option: QStyleOptionViewItem, index: QModelIndex) -> None:  # noqa: D102
        assert painter is not None
        found, colours, places = _row(index).suggestion, Colours(option), self.layout(option, index)
        painter.save()
        _paint_frame(painter, option, places.frame, colours)
        bold = QFont(option.font)
        bold.setBold(True)
        self._text(painter, places.title, printable(found.track.name), colours.plain, bold)
        painter.setFont(option.font)
        painter.drawText(places.heart, LEFT, _cell("favourite", found))
        painter.drawText(places.stars, RIGHT, _cell("rating", found))
        score = f"{_cell('part', found)}  {_cell('score', found)}"
        painter.drawText(places.score, RIGHT, score)
        paint_waveform(painter, places.wave, found, colours)
        self._paint_bars(painter, places.bars, found, colours)
        self._text(painter, places.facts, self._facts(found, places.facts.width(), option), colours.soft, option.font)
        self._text(painter, places.folded, _folded(found, option), colours.soft, option.font)
        tags = tuple(printable(tag.name) for tag in found.track.tags)
        paint_chips(painter, places.tags, tags, option.fontMetrics, colours.plain)
        paint_lines(painter, places.caption, printable(found.track.caption), option.font, colours.plain)
        painter.restore()

    def editorEvent(  # noqa: D102
        self, event: QEvent | None, model: object, option: QStyleOptionViewItem, index: QModelIndex
    ) -> bool:
        if not is_click(event) or not isinstance(event, QMouseEvent):
            return False
        places = self.layout(option, index)
        part = places.part_at(event.position().toPoint())
        if part == "heart":
            self.favoured.emit(index.row())
        elif part == "stars":
            self.rated.emit(index.row(), clicked_rating(event, places.stars, option.direction, _row(index)))
        elif part == "folded":
            self.unfolded.emit(index.row())
        return part in CONTROLS

    def _facts(self, found: Suggestion, room: int, option: QStyleOptionViewItem) -> str:
        """Say who plays, cut where the rest has no room otherwise, how long, how fast and in which key."""
        facts = " · ".join(filter(None, (self._fact(name, found) for name in FACTS)))
        artist = _cell("artist", found)
        if not artist:
            return facts
        left = room - option.fontMetrics.horizontalAdvance(f" · {facts}")
        return f"{option.fontMetrics.elidedText(artist, Qt.TextElideMode.ElideRight, left)} · {facts}"

    def _fact(self, name: str, found: Suggestion) -> str:
        text = _cell(name, found)
        return self.tr("{tempo} BPM").format(tempo=text) if name == "tempo" and text else text

    def _paint_bars(self, painter: QPainter, room: QRect, found: Suggestion, colours: Colours) -> None:
        """Paint a line with name and bar for each aspect that was asked with."""
        metrics = painter.fontMetrics()
        names = max(metrics.horizontalAdvance(name) for name in self._aspects.values()) + gap_of(metrics)
        for number, aspect in enumerate(aspect for aspect in ASPECTS if aspect in found.aspects):
            line = QRect(room.left(), room.top() + number * metrics.height(), room.width(), metrics.height())
            painter.setPen(colours.soft)
            painter.drawText(line, LEFT, self._aspects[aspect])
            beside = QStyle.visualRect(painter.layoutDirection(), line, line.adjusted(names, 0, 0, 0))
            thin = metrics.height() / 3
            bar = QRectF(beside).adjusted(0, thin, 0, -thin)
            paint_bar(painter, bar, bar_share(found.aspects[aspect], self._results.best[aspect]), colours)

    def _text(self, painter: QPainter, place: QRect, text: str, colour: object, font: QFont) -> None:
        painter.setFont(font)
        painter.setPen(colour)
        painter.drawText(place, LEFT, QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, place.width()))


def _row(index: QModelIndex) -> Row:
    row: Row = index.data(Qt.ItemDataRole.UserRole)
    return row


def _cell(name: str, found: Suggestion) -> str:
    return COLUMNS[NUMBER[name]].text(found)


def _folded(found: Suggestion, option: QStyleOptionViewItem) -> str:
    """Say what stands behind a suggestion, shorter where that would take too much of the title's room."""
    text = folded_text(found)
    if option.fontMetrics.horizontalAdvance(text) <= option.rect.width() // 3:
        return text
    return f"+{len(found.versions) + len(found.duplicates)}"


def _paint_frame(painter: QPainter, option: QStyleOptionViewItem, frame: QRect, colours: Colours) -> None:
    roles = QPalette.ColorRole
    focused = option.state & QStyle.StateFlag.State_HasFocus
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(option.palette.color(roles.Text if focused else roles.Mid))
    painter.setBrush(option.palette.color(roles.Highlight if colours.selected else roles.AlternateBase))
    radius = gap_of(option.fontMetrics)
    painter.drawRoundedRect(QRectF(frame).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
    painter.setPen(colours.plain)
