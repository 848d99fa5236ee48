"""Every state that is pictured: it comes about, and none of its texts is cut; the command writes the pictures."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cut_texts import cut_texts
from PyQt6.QtGui import QImage
from PyQt6.QtWidgets import QApplication, QHBoxLayout, QLabel, QPushButton, QTabWidget, QVBoxLayout, QWidget

from gui.screenshots.picture import few_colours
from gui.screenshots.stage import HEIGHT, WIDTH, settle, staged
from gui.screenshots.states import STATES


@pytest.fixture(params=[1, 2], ids=["100 %", "200 %"])
def scaled_font(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[None]:
    """Texts of one and of two times the size, as in the settings of a system for large texts."""
    before = qapp.font()
    font = qapp.font()
    font.setPointSizeF(before.pointSizeF() * request.param)
    qapp.setFont(font)
    yield
    qapp.setFont(before)


@pytest.mark.parametrize("name", sorted(STATES))
def test_no_text_is_cut(qtbot, scaled_font, tmp_path, name: str) -> None:
    with staged(tmp_path) as stage:
        widget = STATES[name](stage)
        qtbot.addWidget(widget)
        widget.resize(WIDTH, HEIGHT)
        widget.show()
        settle(0.05)
        settle(0.05)
        assert (widget.width(), widget.height()) == (WIDTH, HEIGHT), "it does not fit on the screen"
        assert cut_texts(widget) == []
        widget.close()


def test_cut_texts_are_found(qtbot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    row = QHBoxLayout()
    long = "a text that is much too long for what it has"
    for widget in (QLabel(long), QPushButton(long)):
        widget.setFixedWidth(80)
        row.addWidget(widget)
    wrapped = QLabel(long, wordWrap=True)
    wrapped.setFixedSize(80, 20)
    tabs = QTabWidget()
    tabs.setUsesScrollButtons(False)
    tabs.setStyleSheet("QTabBar::tab { width: 40px }")
    tabs.addTab(QLabel("fits"), long)
    column = QVBoxLayout(window)
    for item in (wrapped, tabs):
        column.addWidget(item)
    column.addLayout(row)
    outside = QLabel("outside", window)
    outside.move(-20, 0)
    window.show()
    settle()
    assert sorted(line.split(" ")[0] for line in cut_texts(window)) == [
        "QLabel", "QLabel", "QLabel", "QPushButton", "QTabBar"
    ]  # fmt: skip


def take(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command, as a process of its own: it makes the application."""
    return subprocess.run(
        [sys.executable, "-m", "gui.screenshots", "--out", str(tmp_path / "out"), *arguments],
        env={**os.environ, "TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_command_writes_light_and_dark_at_both_scales(tmp_path) -> None:
    done = take(tmp_path, "--only", "panel-settings")
    assert done.returncode == 0, done.stderr
    assert "error" not in done.stderr
    images = {path.name: QImage(str(path)) for path in (tmp_path / "out").iterdir()}
    assert set(images) == {
        "panel-settings-light.png", "panel-settings-dark.png",
        "panel-settings-light@2x.png", "panel-settings-dark@2x.png",
    }  # fmt: skip
    for name, image in images.items():
        assert (image.width(), image.height()) == ((2560, 1440) if "@2x" in name else (1280, 720))
        corner = image.pixelColor(image.width() - 1, image.height() - 1).lightness()
        assert corner > 200 if "light" in name else corner < 60
        assert (tmp_path / "out" / name).stat().st_size < 150_000
    assert not (tmp_path / "cuefinder").exists()


def test_what_cannot_be_pictured_is_one_line(tmp_path) -> None:
    unknown = take(tmp_path, "--scale", "1", "--only", "nowhere")
    assert unknown.returncode == 2
    assert unknown.stderr.startswith("cuefinder: error: 'nowhere' is no state: choose of ")
    (tmp_path / "cuefinder").mkdir()
    busy = take(tmp_path, "--scale", "1", "--only", "panel-settings")
    assert busy.returncode == 1
    assert busy.stderr == (
        f"cuefinder: error: {tmp_path / 'cuefinder'}: is there already; another run uses it, or remove it\n"
    )


def test_few_colours_keep_what_is_frequent() -> None:
    image = QImage(64, 64, QImage.Format.Format_RGB32)
    image.fill(0xFF102030)
    for number in range(600):
        image.setPixel(number % 60, number // 60, 0xFF000000 | number * 97)
    small = few_colours(image)
    assert small.colorCount() <= 256
    assert small.pixelColor(63, 63).rgb() == 0xFF102030


def test_a_state_that_does_not_come_about_is_said(qapp, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("gui.screenshots.stage.PATIENCE", 0.05)
    with staged(tmp_path) as stage, pytest.raises(Exception, match="the state did not come about"):
        stage.wait_until(lambda: False)
