"""The chips of a question, and the buttons that add more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from PyQt6.QtCore import QPoint, pyqtSignal
from PyQt6.QtWidgets import QPushButton, QWidget

from gui.find.chip import ChipWidget
from gui.find.clip_range import ClipRangePanel
from gui.find.filter_panel import FilterPanel
from gui.find.menus import AddMenu
from gui.flow import FlowLayout
from gui.models.chips import Chip, chips
from gui.models.query import ClipRange, QueryDraft
from plugin.suggest.query import Filters


class ChipRow(QWidget):
    """Shows all of a question but its words.

    Signals
    -------
    changed : QueryDraft
        The question after the user changed it.
    clip_chosen : pathlib.Path
    seed_chosen : pathlib.Path, bool
    """

    changed = pyqtSignal(object)
    clip_chosen = pyqtSignal(object)
    seed_chosen = pyqtSignal(object, bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = QueryDraft()
        self.chips: list[ChipWidget] = []
        self.range_panel, self.filter_panel = ClipRangePanel(self), FilterPanel(self)
        self.add_menu = AddMenu(self)
        self.add_button = QPushButton(self.tr("&Add"))
        self.add_button.setMenu(self.add_menu)
        self.add_button.setToolTip(self.tr("Add footage or tracks, or drop them here (with Alt: to keep away from)"))
        self.filter_button = QPushButton(self.tr("&Filter…"))
        self.filter_button.setToolTip(self.tr("Tempo, key, length, voice, tags, favourites and rating"))
        self._flow = FlowLayout(self)
        self._flow.setSpacing(self.fontMetrics().averageCharWidth())
        self._flow.addWidget(self.add_button)
        self._flow.addWidget(self.filter_button)
        self.filter_button.clicked.connect(lambda: self._open(self.filter_panel, self.filter_button))
        self.filter_panel.changed.connect(self._set_filters)
        self.range_panel.changed.connect(self._set_clip)
        self.add_menu.clip_chosen.connect(self.clip_chosen)
        self.add_menu.seed_chosen.connect(self.seed_chosen)

    def show_draft(self, draft: QueryDraft) -> None:
        """Show a question; chips that stay the same stay where they are, so that a slider can be dragged on."""
        if draft.filters != self._draft.filters:  # else what is being written in the form would go
            self.filter_panel.show_filters(draft.filters)
        self._draft = draft
        parts = chips(draft)
        if parts != [widget.chip for widget in self.chips]:
            self._rebuild(parts)
        several = len(draft.aspects) > 1
        for widget, chip in zip(self.chips, parts, strict=True):
            widget.chip = chip
            if widget.weight is not None:
                widget.weight.setVisible(several)
                widget.weight.show_weight(draft.weight(chip.aspect))

    def _rebuild(self, parts: list[Chip]) -> None:
        focused = next((number for number, widget in enumerate(self.chips) if widget.button.hasFocus()), None)
        for widget in self.chips:
            self._flow.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self.chips = [self._make(number, chip) for number, chip in enumerate(parts)]
        order = [widget.button for widget in self.chips] + [self.add_button, self.filter_button]
        for before, after in pairwise(order):
            self.setTabOrder(before, after)
        if focused is not None:
            order[min(focused, len(self.chips))].setFocus()

    def _make(self, number: int, chip: Chip) -> ChipWidget:
        widget = ChipWidget(chip)
        widget.removed.connect(lambda: self.changed.emit(widget.chip.without))
        widget.weighed.connect(lambda aspect, weight: self.changed.emit(self._draft.weighing(aspect, weight)))
        open_panel: dict[str, Callable[[], None]] = {
            "clip": lambda: self._open(self.range_panel, widget),
            "filter": lambda: self._open(self.filter_panel, widget),
        }
        if chip.kind in open_panel:
            widget.opened.connect(open_panel[chip.kind])
        self._flow.insert_widget(number, widget)
        widget.show()
        return widget

    def _open(self, panel: ClipRangePanel | FilterPanel, below: QWidget) -> None:
        if isinstance(panel, ClipRangePanel):
            assert self._draft.clip is not None
            panel.show_clip(self._draft.clip)
        else:
            panel.show_filters(self._draft.filters)
        panel.adjustSize()
        place = below.mapToGlobal(QPoint(0, below.height()))
        screen = self.screen()
        if screen is not None:
            place.setX(max(screen.geometry().left(), min(place.x(), screen.geometry().right() - panel.width())))
        panel.move(place)
        panel.show()
        panel.setFocus()
        panel.focusNextChild()

    def _set_filters(self, filters: Filters) -> None:
        self.changed.emit(replace(self._draft, filters=filters))

    def _set_clip(self, clip: ClipRange) -> None:
        self.changed.emit(replace(self._draft, clip=clip))
