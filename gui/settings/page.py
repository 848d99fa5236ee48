"""The page of settings: each is used, and kept, as soon as it is changed."""

from __future__ import annotations

from dataclasses import replace

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtWidgets import (
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from gui.models.settings import LIMITS, Settings
from gui.scroll_page import ScrollPage
from gui.settings.controls import Check, Choice, Control, Number, Words
from gui.settings.keeper import SettingsKeeper

ELSEWHERE = ("device", "pack", "results_look")
"""Settings that are made where they belong: on the page of models, which tries them out first, and by the results."""


class SettingsPage(ScrollPage):
    """All settings in groups.

    Parameters
    ----------
    keeper : SettingsKeeper

    Signals
    -------
    news, problem : str
        A line for the status bar.
    models_wanted
        The user wants the page where device and model pack are chosen.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    models_wanted = pyqtSignal()

    def __init__(self, keeper: SettingsKeeper, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keeper = keeper
        self.controls: dict[str, Control] = self._make_controls()
        self.models = QPushButton(self.tr("Choose &models and device…"))
        self.models.setToolTip(self.tr("Opens the page where a model pack and the device it runs on are chosen"))
        self.models.clicked.connect(self.models_wanted)
        self.defaults = QPushButton(self.tr("Restore defa&ults"))
        self.defaults.setToolTip(
            self.tr("Sets all that this page shows to what suits most; model pack and device stay as they are")
        )
        self.defaults.clicked.connect(self._restore)
        self._lay_out()
        for name, control in self.controls.items():
            control.edited.connect(lambda value, name=name: self._change(name, value))
        keeper.problem.connect(self.problem)
        keeper.changed.connect(self.apply)
        self.apply(keeper.settings)

    def apply(self, settings: Settings) -> None:
        """Show settings."""
        for name, control in self.controls.items():
            control.show_value(getattr(settings, name))
        self.controls["loudness"].widget.setEnabled(settings.match_loudness)
        self.cues.show_default(str(replace(settings, cues="").cue_folder))
        self.defaults.setEnabled(settings != self._default())

    def shut_down(self) -> None:
        """Let go of the settings."""
        self._keeper.changed.disconnect(self.apply)
        self._keeper.problem.disconnect(self.problem)

    def _make_controls(self) -> dict[str, Control]:
        seconds = self.tr(" s")
        self.cues = Words(
            self.tr("Folder for rendered &cues"),
            self.tr("A cue with effects is rendered to a file of its own here; your music is never changed"),
        )
        return {
            "theme": Choice(
                self.tr("Colou&rs"), self.tr("Light or dark; or as the system shows its windows"),
                {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")},
            ),
            "results": Number(
                self.tr("&Tracks in an answer"), self.tr("How many tracks are listed for a question, best first"),
                LIMITS["results"], 0,
            ),
            "play_at_once": Check(
                self.tr("&Arrow keys play the next track"),
                self.tr("While a track plays, moving through the results plays the one that is chosen"),
            ),
            "match_loudness": Check(
                self.tr("&Hear and place all tracks at one loudness"),
                self.tr("Quiet and loud masters can be compared, and cues come in at one level"),
            ),
            "loudness": Number(
                self.tr("&Loudness"),
                self.tr("Integrated loudness as in EBU R 128; streaming services play music at about -14 LUFS"),
                LIMITS["loudness"], 1, self.tr(" LUFS"), 0.5,
            ),
            "fade_in": Number(
                self.tr("Fade i&n"), self.tr("For a cue that begins in the middle of a track"),
                LIMITS["fade_in"], 2, seconds, 0.05,
            ),
            "fade_out": Number(
                self.tr("Fade &out"), self.tr("For a cue that ends in the middle of a track"),
                LIMITS["fade_out"], 2, seconds, 0.25,
            ),
            "cues": self.cues,
            "follow_host": Check(
                self.tr("&Follow the selection in the editor"),
                self.tr("The clip that is selected in the editor becomes the one that music is looked for"),
            ),
            "caption_clips": Check(
                self.tr("Caption clips in the &background"),
                self.tr("Says in words what each clip of the timeline sounds and looks like, while nothing else runs"),
            ),
        }  # fmt: skip

    def _lay_out(self) -> None:
        page = QWidget()
        column = QVBoxLayout(page)
        form = QFormLayout()
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        browse = QPushButton(self.tr("Choos&e…"))
        browse.setToolTip(self.tr("Choose the folder for rendered cues"))
        browse.setAccessibleName(browse.toolTip())
        browse.clicked.connect(self._browse)
        for title, names in (
            (self.tr("Look"), ("theme",)),
            (self.tr("Finding music"), ("results", "play_at_once")),
            (self.tr("Sound and cues"), ("match_loudness", "loudness", "fade_in", "fade_out", "cues")),
            (self.tr("Editor"), ("follow_host", "caption_clips")),
        ):
            form.addRow(self._heading(title))
            for name in names:
                self.controls[name].add_to(form, browse if name == "cues" else None)
        form.addRow(self._heading(self.tr("Models")))
        about = QLabel(self.tr("Model pack and device are tried out before they are used, on a page of their own."))
        about.setWordWrap(True)
        form.addRow(about)
        form.addRow(_at_left(self.models))
        column.addLayout(form)
        column.addSpacing(self.fontMetrics().height())
        column.addWidget(_at_left(self.defaults))
        column.addStretch()
        page.setMaximumWidth(100 * self.fontMetrics().averageCharWidth())
        self.set_content(page)

    def _heading(self, text: str) -> QLabel:
        heading = QLabel(text)
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        heading.setContentsMargins(0, self.fontMetrics().height() // 2, 0, 0)
        return heading

    def _change(self, name: str, value: object) -> None:
        if not self._keeper.change(**{name: value}):
            self.controls[name].show_value(getattr(self._keeper.settings, name))

    def _browse(self) -> None:
        start = str(self._keeper.settings.cue_folder)
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder for rendered cues"), start)
        if folder:
            self._change("cues", folder)

    def _default(self) -> Settings:
        return replace(Settings(), **{name: getattr(self._keeper.settings, name) for name in ELSEWHERE})

    def _restore(self) -> None:
        self._keeper.replace(self._default())
        self.news.emit(self.tr("The defaults are restored"))


def _at_left(button: QPushButton) -> QWidget:
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(button)
    layout.addStretch()
    return row
