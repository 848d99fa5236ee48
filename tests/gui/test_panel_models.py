"""Models that are installed, put into use and removed on the page, over real libraries and real small models."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtWidgets import QFileDialog, QMessageBox, QPushButton
from tiny_parts import make_tags, make_video

from gui.library.page import LibraryPage
from gui.machine import switching as switching_module
from gui.machine.install_dialog import InstallDialog
from gui.machine.page import MachinePage
from gui.models import parts, switching
from gui.models.cancellation import Cancellation
from gui.models.engines import Engines
from gui.models.service import LibraryService, OtherModelsError
from gui.models.settings import Settings
from gui.models.switching import Wish, keep_wish, read_wish
from gui.settings.keeper import SettingsKeeper
from plugin.library import watch
from plugin.library.backups import second_store
from plugin.library.lock import WriterLock
from plugin.library.rehearing import Rehearing
from plugin.library.store import Library
from plugin.library.tracks import spaces
from plugin.parts.choice import choice, choose
from plugin.parts.switching import plan_switch
from plugin.paths import library_path, parts_dir
from plugin.suggest.query import Query

WAIT = {"timeout": 60_000}


class Page(MachinePage):
    """The page, with all that it says."""

    def __init__(self, service: LibraryService, tasks: object, keeper: SettingsKeeper) -> None:
        super().__init__(service.engines, tasks, keeper, service.path)
        self.said: list[str] = []
        self.failed: list[str] = []
        self.switches: list[str] = []
        self.news.connect(self.said.append)
        self.problem.connect(self.failed.append)
        self.switched.connect(lambda: self.switches.append(service.engines.engine().space))

    def choose(self, name: str) -> None:
        """Select a model's row."""
        table = self.models.table
        rows = [table.topLevelItem(number) for number in range(table.topLevelItemCount())]
        table.setCurrentItem(next(row for row in rows if row.text(0) == name))

    def state(self, name: str) -> str:
        """What the table says of a model; "none" where it is not listed."""
        return next((row.state for row in self.models._rows if row.name == name), "none")


@pytest.fixture
def service(small_library) -> Iterator[LibraryService]:
    """Four tracks that were heard with the core pack."""
    library_path().parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(small_library / "library.db", library_path())
    service = LibraryService(library_path(), Engines(device="cpu"))
    yield service
    service.close()


@pytest.fixture
def open_page(qtbot, tasks, tmp_path, service) -> Iterator[Callable[[], Page]]:
    pages: list[Page] = []

    def open_one() -> Page:
        page = Page(service, tasks, SettingsKeeper(Settings(device="cpu"), tmp_path / "panel.json", tasks))
        qtbot.addWidget(page)
        page.resize(1280, 640)
        page.show()
        page.start()
        pages.append(page)
        qtbot.waitUntil(lambda: page.models.table.topLevelItemCount() > 0, **WAIT)
        return page

    yield open_one
    for page in pages:
        page.shut_down()


def known_spaces() -> dict[str, int]:
    with Library(library_path()) as library:
        return spaces(library)


def click(qtbot: object, button: QPushButton) -> None:
    assert button.isEnabled(), button.text()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def slow_down(monkeypatch: pytest.MonkeyPatch, gate: list[bool]) -> None:
    """Hold the hearing up after its first step, until the gate is open or it is cancelled."""
    real = switching.index_state

    def wait(*arguments: object, **options: object) -> object:
        state = real(*arguments, **options)
        if not gate:
            raise switching_module.CancelledError
        return state

    monkeypatch.setattr(switching, "index_state", wait)
    monkeypatch.setattr(switching, "PROGRESS_SECONDS", 0.0)


def test_a_part_from_a_folder_is_installed_used_and_the_library_heard_again(
    qtbot, open_page, service, tmp_path, monkeypatch
) -> None:
    source = make_tags(tmp_path / "loudness", licence="CC-BY-4.0")
    page = open_page()
    click(qtbot, page.models.another)
    dialog = page.findChild(InstallDialog)
    qtbot.keyClicks(dialog.name, "loud")
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(source))
    click(qtbot, dialog.folder)
    qtbot.waitUntil(lambda: dialog.facts["licence"].text() == "CC-BY-4.0")
    assert not dialog.install.isEnabled(), "the licence must be accepted first"
    assert dialog.facts["role"].text() == "tags" and dialog.facts["size"].text().endswith(" MB")
    dialog.accept_licence.click()
    click(qtbot, dialog.install)
    qtbot.waitUntil(lambda: page.state("loud") == "installed", **WAIT)
    assert any(line.startswith("loud is installed (") for line in page.said)
    old = service.engines.engine().space
    page.choose("loud")
    click(qtbot, page.models.use)
    qtbot.waitUntil(lambda: page.state("loud") == "in use", **WAIT)
    new = f"{old}+tiny-tags"
    assert known_spaces() == {new: 4} and page.switches == [new]
    assert choice() == {"tags": "loud"} and read_wish(library_path()) is None
    assert not second_store(library_path()).exists()
    assert "Tracks to hear again with loud: 4; until then everything stays as it is" in page.said
    assert page.said[-1] == "loud is in use; tracks heard again: 4"
    assert page.failed == [] and not page.models.hearing.isVisible()
    found = service.suggest(Query(text="calm"), Cancellation())
    assert {each.track.space for each in found.results} == {new}
    page.choose("loud")
    assert not page.models.remove.isEnabled() and not page.models.use.isEnabled()
    click(qtbot, page.models.core)
    qtbot.waitUntil(lambda: page.state("loud") == "installed", **WAIT)
    assert known_spaces() == {old: 4} and choice() == {}
    page.choose("loud")
    click(qtbot, page.models.remove)
    box = page.findChild(QMessageBox)
    click(qtbot, box.defaultButton())
    qtbot.waitUntil(lambda: page.state("loud") == "none", **WAIT)
    assert not (parts_dir() / "loud").exists() and page.said[-1] == "loud is removed"


def test_what_was_stopped_goes_on_also_after_a_restart(qtbot, open_page, service, monkeypatch) -> None:
    make_tags(parts_dir() / "loud")
    gate: list[bool] = []
    with monkeypatch.context() as patch:
        slow_down(patch, gate)
        page = open_page()
        before = known_spaces()
        page.choose("loud")
        click(qtbot, page.models.use)
        hearing = page.models.hearing
        qtbot.waitUntil(lambda: hearing.go_on.isVisible(), **WAIT)
    assert hearing.title.text() == "loud waits to be put into use"
    assert page.said[-1] == "Stopped: what was heard is kept, and everything is as it was"
    assert read_wish(library_path()) == Wish(str(library_path()), "tags", "loud", paused=True)
    assert known_spaces() == before and service.suggest(Query(text="calm"), Cancellation()).results
    page.choose("loud")
    assert not page.models.remove.isEnabled(), "it is still wanted"
    page.switching.use_pack("")
    assert page.failed[-1] == "loud is being put into use: wait, or stop that and give it up first"
    page.shut_down()
    page.shut_down = lambda: None
    again = open_page()  # paused: it waits
    qtbot.waitUntil(lambda: again.models.hearing.go_on.isVisible(), **WAIT)
    click(qtbot, again.models.hearing.go_on)
    assert not again.models.hearing.go_on.isVisible() and again.models.hearing.stop.isVisible()
    qtbot.waitUntil(lambda: again.state("loud") == "in use", **WAIT)
    assert set(known_spaces()) == {service.engines.engine().space}


def test_a_hearing_that_the_end_of_the_panel_interrupted_goes_on_by_itself(qtbot, open_page, service) -> None:
    make_tags(parts_dir() / "loud")
    keep_wish(Wish(str(library_path()), "tags", "loud"))
    page = open_page()
    qtbot.waitUntil(lambda: page.state("loud") == "in use", **WAIT)
    assert known_spaces() == {service.engines.engine().space: 4}


def test_a_wish_for_another_library_is_left_alone(qtbot, open_page, tmp_path) -> None:
    keep_wish(Wish(str(tmp_path / "other.db"), "tags", "loud"))
    page = open_page()
    assert page.switching.wish is None
    assert read_wish(tmp_path / "other.db") is not None


def test_a_damaged_wish_is_said(qtbot, open_page) -> None:
    switching.wish_path().parent.mkdir(parents=True, exist_ok=True)
    switching.wish_path().write_text("{")
    page = open_page()
    qtbot.waitUntil(lambda: bool(page.failed))
    assert "models.next.json: cannot be read, so the models stay as they are" in page.failed[0]


def test_what_is_given_up_leaves_nothing(qtbot, open_page, service, monkeypatch) -> None:
    make_tags(parts_dir() / "loud")
    with monkeypatch.context() as patch:
        slow_down(patch, [])
        page = open_page()
        page.choose("loud")
        click(qtbot, page.models.use)
        qtbot.waitUntil(lambda: page.models.hearing.drop.isVisible(), **WAIT)
    assert second_store(library_path()).exists()
    click(qtbot, page.models.hearing.drop)
    qtbot.waitUntil(lambda: not page.models.hearing.isVisible(), **WAIT)
    assert page.said[-1] == "loud is not put into use; everything stays as it is"
    assert read_wish(library_path()) is None and not second_store(library_path()).exists()
    assert page.packs.isEnabled()


def test_another_process_that_has_the_library_is_waited_for(qtbot, open_page, service, monkeypatch) -> None:
    monkeypatch.setattr(switching_module, "RETRY_MS", 50)
    make_tags(parts_dir() / "loud")
    page = open_page()
    lock = WriterLock(library_path())
    page.choose("loud")
    click(qtbot, page.models.use)
    qtbot.waitUntil(lambda: bool(page.failed), **WAIT)
    assert page.failed[0].endswith("trying again until it is free")
    assert page.state("loud") == "installed"
    lock.release()
    qtbot.waitUntil(lambda: page.state("loud") == "in use", **WAIT)


def test_waiting_for_another_process_can_be_stopped(qtbot, open_page, service) -> None:
    make_tags(parts_dir() / "loud")
    page = open_page()
    lock = WriterLock(library_path())
    page.choose("loud")
    click(qtbot, page.models.use)
    qtbot.waitUntil(lambda: bool(page.failed), **WAIT)
    click(qtbot, page.models.hearing.stop)
    qtbot.waitUntil(lambda: page.models.hearing.go_on.isVisible())
    lock.release()


def test_a_part_that_changes_nothing_of_the_library_is_used_at_once(qtbot, open_page, service) -> None:
    make_video(parts_dir() / "eyes")
    page = open_page()
    before = known_spaces()
    page.choose("eyes")
    page.models.table.setFocus()
    qtbot.keyClick(page.models.table, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.state("eyes") == "in use", **WAIT)
    assert known_spaces() == before and "video" in service.engines.engine().parts
    assert page.said[-1] == "eyes is in use"


def test_a_model_that_does_not_load_is_refused_and_nothing_changes(qtbot, open_page, service) -> None:
    folder = make_tags(parts_dir() / "loud")
    page = open_page()
    size = (folder / "tags.onnx").stat().st_size
    (folder / "tags.onnx").write_bytes(bytes(size))
    page.choose("loud")
    click(qtbot, page.models.use)
    qtbot.waitUntil(lambda: bool(page.failed), **WAIT)
    assert "tags.onnx: wrong checksum" in page.failed[0]
    qtbot.waitUntil(lambda: not page.models.hearing.isVisible())
    assert choice() == {} and read_wish(library_path()) is None


def test_a_choice_that_the_disk_does_not_take_is_said_and_used_until_the_end(
    qtbot, open_page, service, monkeypatch
) -> None:
    make_tags(parts_dir() / "loud")
    page = open_page()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("plugin.parts.choice.atomic_write", full)
        page.choose("loud")
        click(qtbot, page.models.use)
        qtbot.waitUntil(lambda: bool(page.failed), **WAIT)
    assert page.failed[0] == "[Errno 28] No space left on device"
    assert set(known_spaces()) == {service.engines.engine().space}, "what is in use must fit the library"
    qtbot.waitUntil(lambda: page.models.hearing.go_on.isVisible())
    click(qtbot, page.models.hearing.go_on)
    qtbot.waitUntil(lambda: page.state("loud") == "in use", **WAIT)


def test_a_part_in_use_that_is_damaged_is_shown_and_the_core_works(qtbot, open_page, service) -> None:
    folder = make_tags(parts_dir() / "loud")
    choose("tags", "loud")
    (folder / "tags.onnx").write_bytes(b"")
    page = open_page()
    qtbot.waitUntil(lambda: page.models.problems.isVisible())
    assert "tags.onnx: 0 bytes instead of" in page.models.problems.text()
    assert "the core pack is used for tags" in page.models.problems.text()
    assert page.failed and page.failed[0] in page.models.problems.text()
    assert page.state("loud") == "damaged"
    page.refresh()
    qtbot.waitUntil(lambda: page.models.table.topLevelItemCount() > 0)
    assert len(page.failed) == 1, "it is said once"


def test_models_that_another_process_put_into_use_are_used_when_the_page_looks(qtbot, open_page, service) -> None:
    make_video(parts_dir() / "eyes")
    page = open_page()
    qtbot.waitUntil(lambda: page.use.device.text() == "CPU: asked for")
    choose("video", "eyes")
    page.packs.again.click()
    qtbot.waitUntil(lambda: page.state("eyes") == "in use", **WAIT)
    assert "Other models were put into use elsewhere: they are in use here too now" in page.said
    assert "video" in service.engines.engine().parts and page.switches


def script(lines: list[dict[str, str]], then: str = "") -> list[str]:
    """A command that says these lines, as the installing process does."""
    text = "".join(f"print({json.dumps(json.dumps(line))}, flush=True)\n" for line in lines)
    return [sys.executable, "-c", f"import time\n{text}{then}"]


def begin_install(qtbot: object, page: Page, name: str) -> None:
    page.choose(name)
    click(qtbot, page.models.install)
    dialog = page.findChildren(InstallDialog)[-1]
    qtbot.waitUntil(dialog.accept_licence.isEnabled)
    assert dialog.facts["licence"].text() == "Apache-2.0"
    assert "https://huggingface.co/laion/clap-htsat-unfused" in dialog.facts["page"].text()
    assert dialog.facts["size"].text() == "617.0 MB to download"
    dialog.accept_licence.click()
    click(qtbot, dialog.install)


def test_the_installing_process_is_shown_and_what_it_made_is_listed(qtbot, open_page, monkeypatch) -> None:
    folder = parts_dir() / "clap"
    go = parts_dir().parent / "go"
    asked: list[tuple[str, str]] = []

    def command(name: str, *, source: str = "", offline: bool = False) -> list[str]:
        asked.append((name, source))
        wait = f"import pathlib\nwhile not pathlib.Path({str(go)!r}).exists(): time.sleep(0.01)\n"
        return script([{"line": "fetching 617 MB"}], wait + f"print({json.dumps(json.dumps({'done': str(folder)}))})")

    monkeypatch.setattr(parts, "install_command", command)
    page = open_page()
    begin_install(qtbot, page, "clap")
    strip = page.models.installing
    qtbot.waitUntil(lambda: strip.words.text() == "fetching 617 MB")
    assert strip.isVisible() and strip.title.text() == "Installing clap"
    page.work.install(parts.look_at("clap", ""))
    assert page.failed == ["A model is being installed: wait, or cancel that first"]
    make_tags(folder)
    go.touch()
    qtbot.waitUntil(lambda: page.state("clap") == "installed" and not strip.isVisible(), **WAIT)
    assert asked == [("clap", "laion/clap-htsat-unfused")]


@pytest.mark.parametrize("then", ["time.sleep(60)", "print('more', flush=True); time.sleep(60)"])
def test_installing_is_cancelled_at_once(qtbot, open_page, monkeypatch, then) -> None:
    monkeypatch.setattr(parts, "install_command", lambda *_, **__: script([{"line": "fetching"}], then))
    page = open_page()
    begin_install(qtbot, page, "clap")
    qtbot.waitUntil(lambda: page.models.installing.words.text() != "")
    click(qtbot, page.models.installing.cancel)
    qtbot.waitUntil(lambda: not page.models.installing.isVisible())
    assert page.said[-1] == "Cancelled: clap is not installed" and page.failed == []


def test_closing_the_panel_ends_the_installing(qtbot, open_page, monkeypatch) -> None:
    monkeypatch.setattr(parts, "install_command", lambda *_, **__: script([{"line": "fetching"}], "time.sleep(60)"))
    page = open_page()
    begin_install(qtbot, page, "clap")
    qtbot.waitUntil(lambda: page.models.installing.words.text() != "")
    page.shut_down()
    page.shut_down = lambda: None
    qtbot.waitUntil(lambda: not page.work.busy)


def test_what_the_installing_process_says_is_wrong_is_told(qtbot, open_page, monkeypatch) -> None:
    error = script([{"error": "clap: the hub cannot be reached; nothing was written"}])
    monkeypatch.setattr(parts, "install_command", lambda *_, **__: error)
    page = open_page()
    begin_install(qtbot, page, "clap")
    qtbot.waitUntil(lambda: bool(page.failed))
    assert page.failed == ["clap: the hub cannot be reached; nothing was written"]
    qtbot.waitUntil(lambda: not page.models.installing.isVisible())


def test_packages_that_installing_needs_are_named(qtbot, open_page, monkeypatch) -> None:
    monkeypatch.setattr("plugin.parts.installing.find_spec", lambda name: None if name == "torch" else name)
    page = open_page()
    begin_install(qtbot, page, "clap")
    qtbot.waitUntil(lambda: bool(page.failed))
    assert page.failed[0].endswith("install all of it with pip install 'cuefinder[train]'")
    assert "needs torch" in page.failed[0]


def test_the_dialog_says_what_is_missing_and_takes_back_an_acceptance(qtbot, open_page, tmp_path, monkeypatch) -> None:
    page = open_page()
    page.choose("musicnn")
    click(qtbot, page.models.install)
    dialog = page.findChildren(InstallDialog)[-1]
    qtbot.waitUntil(lambda: "is not fetched from anywhere" in dialog.words.text())
    assert not dialog.accept_licence.isEnabled() and not dialog.install.isEnabled()
    checkpoint = tmp_path / "musicnn.pt"
    checkpoint.write_bytes(b"weights")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(checkpoint), ""))
    click(qtbot, dialog.file)
    qtbot.waitUntil(dialog.accept_licence.isEnabled)
    dialog.accept_licence.click()
    assert dialog.install.isEnabled()
    dialog.source.setFocus()
    qtbot.keyClick(dialog.source, Qt.Key.Key_Backspace)
    assert not dialog.accept_licence.isChecked() and not dialog.install.isEnabled()
    qtbot.waitUntil(lambda: dialog.words.text().endswith("there is no such file or folder"))
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not page.work.busy


@pytest.mark.parametrize(("name", "source", "words"), [
    ("core", "", "no name for a model"), ("mine", "", "say where it is: a repository on the hub"),
])  # fmt: skip
def test_a_model_without_name_or_place_is_refused_in_words(qtbot, open_page, name, source, words) -> None:
    page = open_page()
    click(qtbot, page.models.another)
    dialog = page.findChildren(InstallDialog)[-1]
    qtbot.keyClicks(dialog.name, name)
    qtbot.waitUntil(lambda: words in dialog.words.text())
    assert not dialog.install.isEnabled()
    dialog.reject()


def test_the_watcher_goes_on_with_models_that_another_process_adopted(
    qtbot, tasks, service, monkeypatch
) -> None:  # fmt: skip
    monkeypatch.setattr(watch, "ROOTS_SECONDS", 0.05)
    make_tags(parts_dir() / "loud")
    page = LibraryPage(service, tasks)
    qtbot.addWidget(page)
    said: list[str] = []
    models: list[bool] = []
    page.news.connect(said.append)
    page.watching.models_changed.connect(lambda: models.append(True))
    page.start()
    qtbot.waitUntil(lambda: page.view.indexed == 4, **WAIT)
    switch = plan_switch("tags", "loud", "cpu")
    rehearing = Rehearing(service.path, switch.engine, workers=1)
    rehearing.run()
    assert rehearing.adopt() == 4
    switch.make()
    words = "The library was heard again with other models: they are in use here too now"
    qtbot.waitUntil(lambda: words in said, **WAIT)
    assert models == [True] and service.engines.engine().space == switch.engine.space
    qtbot.waitUntil(lambda: page.watching._stop is not None and not page.watching._anew)
    page.shut_down()


def test_models_of_the_library_that_are_not_in_use_here_are_named(service, monkeypatch) -> None:
    import threading

    monkeypatch.setattr("plugin.library.adopting.adopted_space", lambda path: "elsewhere-1")
    with pytest.raises(OtherModelsError, match="choose them on the page Models; folders are not watched until then"):
        service.follow(threading.Event(), patience=0.0)
    stopped = threading.Event()
    stopped.set()
    service.follow(stopped)  # nobody waits for it
