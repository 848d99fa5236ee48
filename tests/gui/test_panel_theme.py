from __future__ import annotations

from collections.abc import Iterator

import pytest
from PyQt6.QtCore import Qt
from PyQt6.QtGui import QColor, QPalette
from PyQt6.QtWidgets import QApplication, QLabel, QToolTip

from gui.theme import Themes, palette

Role, Group = QPalette.ColorRole, QPalette.ColorGroup
READ = {
    Role.WindowText: (Role.Window,), Role.Text: (Role.Base, Role.AlternateBase), Role.ButtonText: (Role.Button,),
    Role.PlaceholderText: (Role.Base, Role.AlternateBase, Role.Window), Role.HighlightedText: (Role.Highlight,),
    Role.Link: (Role.Base, Role.AlternateBase, Role.Window), Role.LinkVisited: (Role.Base, Role.Window),
    Role.ToolTipText: (Role.ToolTipBase,), Role.BrightText: (Role.Base, Role.Window),
}  # fmt: skip
DISABLED = {Role.WindowText: Role.Window, Role.Text: Role.Base, Role.ButtonText: Role.Button,
            Role.HighlightedText: Role.Highlight}  # fmt: skip


@pytest.fixture
def themes(qapp: QApplication) -> Iterator[Themes]:
    before = qapp.palette(), QToolTip.palette()
    themes = Themes(qapp)
    yield themes
    themes.stop()
    qapp.setPalette(before[0])
    QToolTip.setPalette(before[1])


def contrast(one: QColor, other: QColor) -> float:
    """Contrast of WCAG 2.2, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: QColor) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (colour.redF(), colour.greenF(), colour.blueF())
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_contrast_is_reckoned_as_in_wcag() -> None:
    assert contrast(QColor("black"), QColor("white")) == pytest.approx(21)
    assert contrast(QColor("#777777"), QColor("white")) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read(scheme: str) -> None:
    colours = palette(scheme)
    for text, grounds in READ.items():
        for ground in grounds:
            assert contrast(colours.color(text), colours.color(ground)) >= 4.5, (text, ground)
    for text, ground in DISABLED.items():
        disabled = contrast(colours.color(Group.Disabled, text), colours.color(Group.Disabled, ground))
        assert disabled >= 3, (text, ground)
        assert colours.color(Group.Disabled, text) != colours.color(text)


def test_a_theme_shows_at_once_in_widgets_that_are_there(qtbot, themes, qapp) -> None:
    label = QLabel("text")
    qtbot.addWidget(label)
    label.show()
    themes.apply("light")
    qtbot.waitUntil(lambda: label.palette().color(Role.Window).lightness() > 200)
    themes.apply("dark")
    qtbot.waitUntil(lambda: label.palette().color(Role.Window).lightness() < 60)
    assert label.palette().color(Role.WindowText).lightness() > 200
    assert label.grab().toImage().pixelColor(0, label.height() - 1).lightness() < 60
    assert QToolTip.palette().color(Role.ToolTipText).lightness() > 200
    assert qapp.style().name() == "fusion"


def test_system_follows_the_system_and_the_others_do_not(themes, qapp) -> None:
    hints = qapp.styleHints()
    themes.apply("system")
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Dark)
    assert themes.scheme == "dark"
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert themes.scheme == "light"
    themes.apply("dark")
    hints.colorSchemeChanged.emit(Qt.ColorScheme.Light)
    assert themes.scheme == "dark"
