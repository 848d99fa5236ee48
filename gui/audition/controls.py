"""How the audition bar is laid out, and what its controls show: `Controls`."""

from __future__ import annotations

from PyQt6.QtCore import QObject, QSignalBlocker, Qt
from PyQt6.QtGui import QMouseEvent
from PyQt6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSlider, QToolButton, QVBoxLayout, QWidget

from gui.audition.drag_handle import DragHandle
from gui.audition.renders import Renders
from gui.audition.tone import STEPS, ToneButton, decibels
from gui.audition.waveform import Waveform
from gui.flow import FlowLayout
from gui.messages import ElidedLabel
from gui.models.audition import Audition
from plugin.cli.support.units import clock
from plugin.errors import printable

GAIN_DB = (-24, 12)
# Standard icons are black on black in a dark palette.
PLAY, PAUSE = "▶", "❚❚"


class _Level(QSlider):
    """A slider that a double click sets to 0."""

    def mouseDoubleClickEvent(self, event: QMouseEvent | None) -> None:
        self.setValue(0)


class Controls(QObject):
    """The widgets of an `AuditionBar`.

    Parameters
    ----------
    renders : Renders
    bar : QWidget
        Gets the layout.
    """

    def __init__(self, renders: Renders, bar: QWidget) -> None:
        super().__init__(bar)
        self._bar = bar
        self.wave, self.tone, self.handle = Waveform(), ToneButton(), DragHandle(renders)
        self.title, self.facts, self.time = ElidedLabel(), ElidedLabel(), QLabel()
        self.title.setAccessibleName(self.tr("Track"))
        self.facts.setAccessibleName(self.tr("What is changed"))
        self.time.setAccessibleName(self.tr("Time"))
        self.previous = self._button("❙◀", self.tr("Previous track"), self.tr("(Up)"))
        self.play = self._button(PLAY, self.tr("Play"), "")
        self.next = self._button("▶❙", self.tr("Next track"), self.tr("(Down)"))
        self.loop = self._button("⟳", self.tr("Repeat the part"), self.tr("until it is stopped"))
        self.loop.setCheckable(True)
        self.loop.setChecked(True)
        self.gain = _Level(Qt.Orientation.Horizontal)
        self.gain.setRange(GAIN_DB[0] * STEPS, GAIN_DB[1] * STEPS)
        self.gain.setPageStep(3 * STEPS)
        self.gain.setFixedWidth(24 * self.gain.fontMetrics().averageCharWidth())
        self.gain.setAccessibleName(self.tr("Level"))
        self.gain.setToolTip(self.tr("Level, heard and placed, on top of the match of loudness; double click for 0 dB"))
        self.level = QLabel()
        self.level.setMinimumWidth(self.level.fontMetrics().horizontalAdvance("+00.0 dB"))
        self.to_clip = QCheckBox(self.tr("As long as the clip"))
        self.to_clip.setChecked(True)
        self.to_clip.setToolTip(self.tr("The part is as long as the clip; else as long as it was found"))
        self.fit = QCheckBox(self.tr("Fit tempo"))
        self.fit.setToolTip(
            self.tr("Play up to a tenth faster or slower, at the same pitch, so that whole bars or the track's own end "
                    "are as long as the clip")
        )  # fmt: skip
        self._lay_out()
        self.show_playing(False)

    def show_audition(self, audition: Audition) -> None:
        """Show what is listened to."""
        found = audition.suggestion
        self.wave.show_track(b"" if found is None else found.track.peaks, audition.duration, audition.part)
        self.handle.set_cue(audition.cue())
        name = self.tr("No track chosen") if found is None else printable(found.track.name)
        if found is not None and found.track.artist:
            name = self.tr("{title} – {artist}").format(title=name, artist=printable(found.track.artist))
        self.title.setText(name)
        self.title.setToolTip(name)
        for control in (self.previous, self.play, self.next, self.loop, self.wave, self.gain, self.tone):
            control.setEnabled(found is not None)
        self.to_clip.setEnabled(audition.clip_length is not None)
        self.fit.setEnabled(audition.clip_length is not None and audition.as_long_as_clip)
        with QSignalBlocker(self.gain):
            self.gain.setValue(round(audition.gain_db * STEPS))
        self.level.setText(decibels(audition.gain_db))
        bands = {name: getattr(audition, name) for name in self.tone.sliders}
        self.tone.show_bands(bands)
        self.tone.show_fades(*audition.shown_fades())
        self.facts.setText(self._facts(audition))
        self.facts.setToolTip(self.facts.text())

    def show_playing(self, playing: bool) -> None:
        """Offer to pause, or to play."""
        self.play.setText(PAUSE if playing else PLAY)
        name = self.tr("Pause") if playing else self.tr("Play")
        self.play.setToolTip(self.tr("{what} (Space)").format(what=name))
        self.play.setAccessibleName(name)

    def show_time(self, at: float | None, audition: Audition) -> None:
        """Show where in the track it is; None for nowhere."""
        self.wave.show_time(at)
        found = audition.suggestion
        shown = audition.part[0] if at is None else at
        text = "" if found is None else self.tr("{at} of {all}").format(at=clock(shown), all=clock(audition.duration))
        if text != self.time.text():
            self.time.setText(text)

    def _facts(self, audition: Audition) -> str:
        cue = audition.cue()
        if cue is None:
            return ""
        facts = [self.tr("part {start}–{end}").format(start=clock(cue.start), end=clock(cue.end))]
        fit = audition.fit
        if fit is not None and not fit.fits:
            facts.append(self.tr("no tempo fits: {length:.1f} s for {clip:.1f} s").format(
                length=fit.length, clip=audition.clip_length))  # fmt: skip
        elif fit is not None:
            facts.append(self.tr("tempo {percent:+.1f} %").format(percent=100 * (fit.tempo - 1)))
        if audition.match_db:
            facts.append(self.tr("{level} to match").format(level=decibels(audition.match_db)))
        return " · ".join(facts)

    def _button(self, sign: str, name: str, more: str) -> QToolButton:
        button = QToolButton()
        button.setText(sign)
        button.setAutoRaise(True)
        button.setMinimumWidth(button.fontMetrics().horizontalAdvance("▶❙❙▶"))
        button.setAccessibleName(name)
        button.setToolTip(f"{name} {more}".strip())
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _lay_out(self) -> None:
        column = QVBoxLayout(self._bar)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        head, foot = QHBoxLayout(), FlowLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.facts, 1)
        head.addWidget(self.time)
        head.setSpacing(2 * head.spacing() if head.spacing() > 0 else 12)
        foot.setSpacing(2 * self.time.fontMetrics().averageCharWidth())
        foot.addWidget(_together(self.previous, self.play, self.next, self.loop))
        foot.addWidget(_together(self.gain, self.level))
        for other in (self.tone, self.to_clip, self.fit, self.handle):
            foot.addWidget(other)
        column.addLayout(head)
        column.addWidget(self.wave)
        column.addLayout(foot)


def _together(*widgets: QWidget) -> QWidget:
    """Widgets side by side that stay on one line."""
    group = QWidget()
    row = QHBoxLayout(group)
    row.setContentsMargins(0, 0, 0, 0)
    for widget in widgets:
        row.addWidget(widget)
    return group
