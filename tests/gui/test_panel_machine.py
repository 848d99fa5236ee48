"""The page of models and device, with the real pack and with engines that fail."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QApplication, QFileDialog, QPushButton

from gui.machine.page import MachinePage
from gui.models import machine
from gui.models.engines import Engines
from gui.models.machine import Machine, PackFacts
from gui.models.settings import Settings
from gui.settings.keeper import SettingsKeeper
from plugin.doctor import Report
from plugin.errors import DeviceError, PackError
from plugin.paths import library_path, pack_dir
from plugin.runtime.device import CPU, CUDA, Placement

WAIT = {"timeout": 60_000}


class Heard:
    """What the page says to the status bar."""

    def __init__(self, page: MachinePage) -> None:
        self.news: list[str] = []
        self.problems: list[str] = []
        self.placements: list[Placement | None] = []
        page.news.connect(self.news.append)
        page.problem.connect(self.problems.append)
        page.placed.connect(self.placements.append)


class FailingEngines(Engines):
    """Engines whose loading waits for a gate and then fails."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error, self.gate = error, threading.Event()

    def change(self, pack: Path | None, device: str) -> None:
        assert self.gate.wait(20)
        raise self.error

    def follow(self) -> bool:
        return False

    def engine(self, cancellation: object = None) -> None:  # type: ignore[override]
        raise self.error


@pytest.fixture
def keeper(tasks, tmp_path) -> SettingsKeeper:
    return SettingsKeeper(Settings(device="cpu"), tmp_path / "panel.json", tasks)


@pytest.fixture
def make_page(qtbot, tasks, keeper) -> Iterator[Callable[[Engines], MachinePage]]:
    pages = []

    def make(engines: Engines) -> MachinePage:
        page = MachinePage(engines, tasks, keeper, library_path())
        qtbot.addWidget(page)
        pages.append(page)
        page.resize(1280, 640)
        return page

    yield make
    for page in pages:
        page.shut_down()


def make_pack(folder: Path, **changes: object) -> Path:
    """Make a pack with the shipped one's files and another manifest."""
    folder.mkdir(parents=True)
    for file in pack_dir().iterdir():
        if file.name != "manifest.json":
            (folder / file.name).symlink_to(file)
    manifest = json.loads((pack_dir() / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, **changes}))
    return folder


def packs_shown(page: MachinePage) -> list[str]:
    table = page.packs.table
    return [
        " | ".join(table.topLevelItem(row).text(column) for column in range(4))
        for row in range(table.topLevelItemCount())
    ]


def test_another_pack_is_found_tried_used_and_kept(qtbot, make_page, keeper, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CUEFINDER_HOME", str(tmp_path))
    other = make_pack(tmp_path / "packs" / "other", id="other", version="9", space="other-1", licence="MIT")
    (tmp_path / "packs" / "no pack").mkdir()
    engines = Engines(device="cpu")
    page = make_page(engines)
    heard = Heard(page)
    page.show()
    qtbot.waitUntil(lambda: bool(heard.placements), **WAIT)
    assert page.use.pack.text().startswith("core ") and page.use.pack.text().endswith("GPL-3.0-or-later")
    assert page.use.checksums.text() == "All files are as they were made"
    assert page.use.device.text() == "CPU: asked for"
    assert page.use.folder.text() == str(pack_dir())
    assert page.use.graphs.topLevelItemCount() == 6
    assert packs_shown(page)[0].endswith("in use, came with Cuefinder")
    assert "no model pack here" in packs_shown(page)[1]
    assert packs_shown(page)[2] == f"other 9 | {page.packs._packs[2].size / 1e6:.1f} MB | MIT | {other}"
    assert not page.packs.use.isEnabled()
    for row, usable in ((0, False), (1, False), (2, True)):
        page.packs.table.setCurrentItem(page.packs.table.topLevelItem(row))
        assert page.packs.use.isEnabled() is usable
    qtbot.mouseClick(page.packs.use, Qt.MouseButton.LeftButton)
    assert not page.packs.isEnabled()
    qtbot.waitUntil(lambda: page.use.pack.text().startswith("other 9"), **WAIT)
    assert engines.engine().pack.folder == other
    assert keeper.settings.pack == str(other)
    assert "other is in use" in heard.news
    assert heard.problems == []
    qtbot.waitUntil(page.packs.isEnabled)
    page.packs.table.setCurrentItem(page.packs.table.topLevelItem(0))
    page.packs.table.setFocus()
    qtbot.keyClick(page.packs.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.use.pack.text().startswith("core "), **WAIT)
    assert keeper.settings.pack == ""


def test_a_device_that_cannot_run_is_refused_and_the_old_one_stays(qtbot, make_page, keeper, monkeypatch) -> None:
    monkeypatch.setattr("plugin.runtime.device.has_driver", lambda: False)
    engines = Engines(device="cpu")
    page = make_page(engines)
    heard = Heard(page)
    page.show()
    qtbot.waitUntil(lambda: bool(heard.placements), **WAIT)
    page.use.choice.setFocus()
    qtbot.keyClick(page.use.choice, Qt.Key.Key_End)
    assert page.use.choice.currentData() == "cuda"
    qtbot.waitUntil(lambda: bool(heard.problems), **WAIT)
    assert heard.problems == ["CUDA cannot be used: this machine has no NVIDIA driver; the device cpu always works"]
    assert page.use.choice.currentData() == keeper.settings.device == "cpu"
    assert engines.engine().device == "CPU"
    qtbot.waitUntil(page.use.isEnabled)
    qtbot.keyClick(page.use.choice, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: page.use.device.text() == "CPU: this machine has no NVIDIA driver", **WAIT)
    assert keeper.settings.device == "auto"


def test_a_folder_without_a_pack_is_refused(qtbot, make_page, keeper, tmp_path, monkeypatch) -> None:
    page = make_page(Engines(device="cpu"))
    heard = Heard(page)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: "")
    page.packs.another.click()
    assert page.packs.isEnabled()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    page.packs.another.click()
    qtbot.waitUntil(lambda: bool(heard.problems), **WAIT)
    assert "no model pack here" in heard.problems[0]
    assert keeper.settings.pack == ""


def test_a_damaged_file_is_named(tmp_path) -> None:
    folder = make_pack(tmp_path / "pack")
    (folder / "keys.json").unlink()
    (folder / "keys.json").write_text("{}")
    (folder / "video.onnx").unlink()
    facts = machine.read_pack(machine.Pack(folder), {"video": Placement(CPU, "asked for")})
    assert [line.split(": ")[1].split(" (")[0] for line in sorted(facts.problems)] == [
        "wrong checksum",
        "cannot be read",
    ]
    assert facts.graphs[0].size == 0


def test_without_models_the_page_says_why(qtbot, make_page) -> None:
    page = make_page(FailingEngines(PackError("/pack: no model pack here")))
    heard = Heard(page)
    page.show()
    qtbot.waitUntil(lambda: heard.placements == [None], **WAIT)
    assert page.use.pack.text() == "None: /pack: no model pack here"
    assert page.use.device.text() == "None"
    assert heard.problems == ["/pack: no model pack here"]


def test_what_loads_while_the_page_is_shut_down_is_not_shown(qtbot, make_page) -> None:
    engines = FailingEngines(DeviceError("CUDA is gone"))
    page = make_page(engines)
    heard = Heard(page)
    page.change_device("cuda")
    page.shut_down()
    page.shut_down = lambda: None  # type: ignore[method-assign]
    engines.gate.set()
    qtbot.waitUntil(page.use.isEnabled)
    assert heard.problems == []


def test_cuda_is_shown_with_every_graph(qtbot, make_page) -> None:
    page = make_page(Engines())
    graphs = (machine.GraphFacts("music", 8_700_000, "CUDA"),)
    pack = PackFacts(pack_dir(), "core", "1", "", "s", 1_000_000, (), graphs)
    page.use.show_machine(Machine(pack, Placement(CUDA), (pack,)))
    assert page.use.device.text() == "CUDA"
    assert page.use.pack.text() == "core 1 · 1.0 MB"
    assert [page.use.graphs.topLevelItem(0).text(column) for column in range(3)] == ["music", "8.7 MB", "CUDA"]


def test_the_doctor_reports_and_is_copied(qtbot, make_page) -> None:
    page = make_page(Engines(device="cpu"))
    heard = Heard(page)
    assert not page.doctor.copy.isEnabled()
    qtbot.mouseClick(page.doctor.check, Qt.MouseButton.LeftButton)
    assert not page.doctor.check.isEnabled()
    qtbot.waitUntil(page.doctor.copy.isEnabled, **WAIT)
    text = page.doctor.report.toPlainText()
    assert text.startswith("all is well\n\nversions\n  cuefinder ")
    assert "CPUExecutionProvider" in text
    assert heard.news == ["All is well"]
    qtbot.mouseClick(page.doctor.copy, Qt.MouseButton.LeftButton)
    assert QApplication.clipboard().text() == text
    qtbot.waitUntil(page.doctor.check.isEnabled)


def test_what_is_wrong_comes_first_in_the_report(qtbot, make_page) -> None:
    page = make_page(Engines())
    heard = Heard(page)
    page.doctor.show_report(Report({"pack": {"state": "damaged"}}, ["music.onnx is damaged"]))
    assert page.doctor.report.toPlainText() == (
        "problem: music.onnx is damaged\nsomething is wrong\n\npack\n  state  damaged"
    )
    assert heard.news == ["Problems found: 1"]


def test_a_doctor_that_fails_leaves_no_checking_behind(qtbot, make_page, monkeypatch) -> None:
    def fail(*arguments: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("gui.machine.page.examine", fail)
    page = make_page(Engines())
    heard = Heard(page)
    page.examine()
    qtbot.waitUntil(page.doctor.check.isEnabled)
    assert heard.problems == ["[Errno 5] Input/output error"]
    assert page.doctor.report.toPlainText() == ""


def test_keys_and_names(make_page) -> None:
    page = make_page(Engines())
    strips = (page.models.installing, page.models.hearing)
    buttons = [*page.packs.findChildren(QPushButton), *page.doctor.findChildren(QPushButton),
               *page.models.findChildren(QPushButton)]  # fmt: skip
    assert len(buttons) == 14
    assert not set(strips[1].findChildren(QPushButton)) - set(buttons)
    never_together = strips[1].go_on
    keys = [button.text()[button.text().index("&") + 1] for button in buttons if button is not never_together]
    keys += ["U", "I", "E", "W"]  # the device, and the menus of the window
    assert len({key.lower() for key in keys}) == len(keys)
    assert all(button.toolTip() for button in buttons)
    for widget in (page.use.choice, page.use.graphs, page.packs.table, page.doctor.report, page.use.folder,
                   page.models.table, page.models.problems, *(part for strip in strips for part in
                   (strip.title, strip.bar, strip.words))):  # fmt: skip
        assert widget.accessibleName()
