"""The page of models and device."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PyQt6.QtCore import pyqtSignal
from PyQt6.QtGui import QShowEvent
from PyQt6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from gui.machine.doctor_view import DoctorView
from gui.machine.install_dialog import InstallDialog
from gui.machine.installing import Installing
from gui.machine.models_view import ModelsView
from gui.machine.packs_view import PacksView
from gui.machine.switching import Switching
from gui.machine.use_view import UseView
from gui.models.engines import Engines
from gui.models.machine import Machine, survey
from gui.models.settings import Settings
from gui.scroll_page import ScrollPage
from gui.settings.keeper import SettingsKeeper
from gui.tasks import Tasks
from plugin.doctor import examine


class MachinePage(ScrollPage):
    """Shows the models in use and the device they run on, and changes both.

    Models or a device are tried out before they are accepted; until then, and if they do not run, the old ones stay.
    Begin with `start`: it goes on with what was not finished when the panel was closed.

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
    switched
        Other models are in use.
    """

    news = pyqtSignal(str)
    problem = pyqtSignal(str)
    placed = pyqtSignal(object)
    switched = pyqtSignal()

    def __init__(
        self, engines: Engines, tasks: Tasks, keeper: SettingsKeeper, library: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._engines, self._tasks, self._keeper, self._library = engines, tasks, keeper, library
        self._machine: Machine | None = None
        self._surveys = 0
        self._told: tuple[str, ...] = ()
        self._closed = False
        self.use, self.models = UseView(), ModelsView()
        self.packs, self.doctor = PacksView(), DoctorView()
        self.work = Installing(tasks, self)
        self.switching = Switching(engines, tasks, keeper, library, self)
        self._lay_out()
        self._connect()
        self.apply(keeper.settings)

    def _lay_out(self) -> None:
        page = QWidget()
        row = QHBoxLayout(page)
        row.setSpacing(2 * self.fontMetrics().height())
        for share, parts in ((2, ((self.use, 3), (self.packs, 2))), (3, ((self.models, 3), (self.doctor, 2)))):
            column = QVBoxLayout()
            column.setSpacing(self.fontMetrics().height())
            for part, height in parts:
                column.addWidget(part, height)
            row.addLayout(column, share)
        self.set_content(page)

    def _connect(self) -> None:
        self.use.device_chosen.connect(self.change_device)
        self.packs.pack_chosen.connect(self.switching.use_pack)
        self.packs.another_wanted.connect(self._choose_folder)
        self.packs.again_wanted.connect(self.refresh)
        self.doctor.wanted.connect(self.examine)
        self.models.install_wanted.connect(self._ask_to_install)
        self.models.use_wanted.connect(self.switching.use_part)
        self.models.remove_wanted.connect(self.work.remove)
        self.models.installing.cancelled.connect(self.work.cancel)
        self.models.hearing.stopped.connect(self.switching.stop)
        self.models.hearing.gone_on.connect(self.switching.go_on)
        self.models.hearing.dropped.connect(self.switching.drop)
        self.work.running.connect(self.models.installing.show_running)
        self.work.line.connect(self.models.installing.show_line)
        self.work.changed.connect(self.refresh)
        self.switching.state.connect(self.models.hearing.show_state)
        self.switching.changed.connect(self._show_wish)
        self.switching.switched.connect(self.refresh)
        self.switching.switched.connect(self.switched)
        self.doctor.news.connect(self.news)
        for part in (self.work, self.switching):
            part.news.connect(self.news)
            part.problem.connect(self._tell_problem)
        self._keeper.changed.connect(self.apply)

    def start(self) -> None:
        """Look at models and packs, and go on with what was not finished when the panel was closed."""
        self.refresh()
        self.switching.start()

    def apply(self, settings: Settings) -> None:
        """Show the device that is asked for."""
        self.use.show_choice(settings.device)

    def refresh(self) -> None:
        """Look at models and packs again."""
        self._surveys += 1
        look = partial(survey, self._engines, self._keeper.settings.pack_folder)
        self._tasks.run_task(look, partial(self._show, self._surveys), self._fail)

    def change_device(self, device: str) -> None:
        """Try the models on a device, and use it if they run."""
        self._set_busy(True)
        self.news.emit(self.tr("Trying out the models…"))
        self._tasks.run_task(
            partial(self._engines.change, self._keeper.settings.pack_folder, device),
            lambda _: self._accept(device),
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
        self.work.shut_down()
        self.switching.shut_down()

    def showEvent(self, event: QShowEvent | None) -> None:  # noqa: D102
        super().showEvent(event)
        if self._machine is None:
            self.refresh()

    def _show(self, number: int, machine: Machine) -> None:
        if self._closed:
            return
        if machine.changed:
            self.news.emit(self.tr("Other models were put into use elsewhere: they are in use here too now"))
            self.switched.emit()
        if number != self._surveys:
            return
        self._machine = machine
        self.use.show_machine(machine)
        self.packs.show_packs(machine)
        self.models.show_models(machine.models, machine.unusable)
        self.placed.emit(machine.placement)
        if machine.problem:
            self.problem.emit(machine.problem)
        elif machine.unusable and machine.unusable != self._told:
            self.problem.emit(machine.unusable[0])
        self._told = machine.unusable

    def _show_wish(self) -> None:
        wish, busy = self.switching.wish, self.switching.busy
        self.models.hearing.show_wish(wish, busy)
        self.models.lock(wish.name if wish is not None else "")
        self._set_busy(False)

    def _accept(self, device: str) -> None:
        if self._closed:
            return
        self._keeper.change(device=device)
        self.news.emit(self.tr("The models are in use"))
        self.refresh()

    def _refuse(self, error: Exception) -> None:
        self.use.show_choice(self._keeper.settings.device)
        self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._tell_problem(str(error))

    def _tell_problem(self, text: str) -> None:
        if not self._closed:
            self.problem.emit(text)

    def _set_busy(self, is_busy: bool) -> None:
        self.use.setEnabled(not is_busy)
        self.packs.setEnabled(not is_busy and self.switching.wish is None)

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder of a model pack"))
        if folder:
            self.switching.use_pack(folder)

    def _ask_to_install(self, name: str) -> None:
        dialog = InstallDialog(self._tasks, name, self)
        dialog.wanted.connect(self.work.install)
        dialog.open()
