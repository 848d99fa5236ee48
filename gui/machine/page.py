"""The page of models and device."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QFileDialog, QGridLayout, QWidget

from gui.machine.doctor_view import DoctorView
from gui.machine.packs_view import PacksView
from gui.machine.use_view import UseView
from gui.models.engines import Engines
from gui.models.machine import Machine, PackFacts, survey
from gui.models.settings import Settings
from gui.scroll_page import ScrollPage
from gui.settings.keeper import SettingsKeeper
from gui.tasks import Tasks
from plugin.doctor import examine


class MachinePage(ScrollPage):
    """Shows the models in use and the device they run on, and changes both.

    A pack or device is loaded before it is accepted; until then, and if it cannot be, the old ones stay.

    Parameters
    ----------
    engines : Engines
    tasks : Tasks
    keeper : SettingsKeeper
        Keeps what was accepted.
    library : pathlib.Path
        The library's file, for the doctor.

    Signals
    -------
    news, problem : str
        A line for the status bar.
    placed : Placement or None
        Where the models run now; None where they do not.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    placed = pyqtSignal(object)

    def __init__(
        self, engines: Engines, tasks: Tasks, keeper: SettingsKeeper, library: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._engines, self._tasks, self._keeper, self._library = engines, tasks, keeper, library
        self._machine: Machine | None = None
        self._surveys = 0
        self._closed = False
        self.use, self.packs, self.doctor = UseView(), PacksView(), DoctorView()
        page = QWidget()
        grid = QGridLayout(page)
        grid.setHorizontalSpacing(2 * self.fontMetrics().height())
        grid.setVerticalSpacing(self.fontMetrics().height())
        grid.addWidget(self.use, 0, 0)
        grid.addWidget(self.packs, 0, 1)
        grid.addWidget(self.doctor, 1, 0, 1, 2)
        grid.setRowStretch(1, 1)
        for column in (0, 1):
            grid.setColumnStretch(column, 1)
        self.set_content(page)
        self.use.device_chosen.connect(lambda device: self.change(keeper.settings.pack, device))
        self.packs.pack_chosen.connect(lambda folder: self.change(folder, keeper.settings.device))
        self.packs.another_wanted.connect(self._choose_folder)
        self.packs.again_wanted.connect(self.refresh)
        self.doctor.wanted.connect(self.examine)
        self.doctor.news.connect(self.news)
        keeper.changed.connect(self.apply)
        self.apply(keeper.settings)

    def apply(self, settings: Settings) -> None:
        """Show the device that is asked for."""
        self.use.show_choice(settings.device)

    def refresh(self) -> None:
        """Look at models and packs again."""
        self._surveys += 1
        look = partial(survey, self._engines, self._keeper.settings.pack_folder)
        self._tasks.run_task(look, partial(self._show, self._surveys), self._fail)

    def change(self, pack: str, device: str) -> None:
        """Try a pack (its folder, or nothing for the shipped one) on a device, and use them if they run."""
        self._set_busy(True)
        self.news.emit(self.tr("Trying out the models…"))
        folder = Path(pack).expanduser() if pack else None
        self._tasks.run_task(
            partial(self._engines.change, folder, device),
            lambda _: self._accept(pack, device),
            self._refuse,
            partial(self._set_busy, False),
        )

    def examine(self) -> None:
        """Check the whole installation."""
        settings = self._keeper.settings
        self.doctor.set_busy(True)
        self._tasks.run_task(
            partial(examine, self._library, settings.pack_folder, settings.device),
            self.doctor.show_report,
            self._fail,
            partial(self.doctor.set_busy, False),
        )

    def shut_down(self) -> None:
        """Let go of the settings; what still loads is not shown any more."""
        self._closed = True
        self._keeper.changed.disconnect(self.apply)

    def showEvent(self, event: QShowEvent | None) -> None:  # noqa: D102
        super().showEvent(event)
        if self._machine is None:
            self.refresh()

    def _show(self, number: int, machine: Machine) -> None:
        if self._closed or number != self._surveys:
            return
        before, self._machine = self._machine, machine
        self.use.show_machine(machine)
        self.packs.show_packs(machine)
        self.placed.emit(machine.placement)
        if machine.pack is None:
            self.problem.emit(machine.problem)
        elif before is not None and before.pack is not None and before.pack.space != machine.pack.space:
            self.problem.emit(self._advice(machine.pack))

    def _advice(self, pack: PackFacts) -> str:
        text = self.tr(
            "Pack {id} hears music in its own way: index your folders again, so that it can suggest from them"
        )
        return text.format(id=pack.id)

    def _accept(self, pack: str, device: str) -> None:
        if self._closed:
            return
        self._keeper.change(pack=pack, device=device)
        self.news.emit(self.tr("The models are in use"))
        self.refresh()

    def _refuse(self, error: Exception) -> None:
        self.use.show_choice(self._keeper.settings.device)
        self._fail(error)

    def _fail(self, error: Exception) -> None:
        if not self._closed:
            self.problem.emit(str(error))

    def _set_busy(self, is_busy: bool) -> None:
        self.use.setEnabled(not is_busy)
        self.packs.setEnabled(not is_busy)

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder of a model pack"))
        if folder:
            self.change(folder, self._keeper.settings.device)
