"""The window by the keyboard alone."""

from __future__ import annotations

from tests.gui.end_to_end.panel_world import Opener

MNEMONICS = """
from PyQt6.QtGui import QKeySequence
from PyQt6.QtWidgets import QAbstractButton, QLabel
texts = [action.text() for action in window.menuBar().actions()]
texts += [button.text() for button in window.findChildren(QAbstractButton) if button.isVisible()]
texts += [label.text() for label in window.findChildren(QLabel) if label.isVisible() and label.buddy()]
result = [(QKeySequence.mnemonic(text).toString(), text) for text in texts if not QKeySequence.mnemonic(text).isEmpty()]
"""


def test_every_page_is_a_key_away_and_no_key_means_two_things(open_panel: Opener) -> None:
    panel = open_panel()
    for number, page in reversed(list(enumerate(("Find", "Library", "Stems", "Models", "Settings"), 1))):
        panel.press(f"ctrl+{number}")
        panel.until(f"window.pages.tabText(window.pages.currentIndex()) == {page!r}")
        named = panel.do(MNEMONICS)
        assert len(named) > 3
        keys = [key for key, _ in named]
        twice = [(key, text) for key, text in named if keys.count(key) > 1]
        assert not twice, f"on page {page}"


def test_from_words_to_playing_without_a_mouse(open_panel: Opener) -> None:
    """And where there is no sound output, that is said."""
    panel = open_panel()
    panel.tab_to("window.find.bar.words")
    panel.write("calm piano")
    panel.press("Return")
    panel.line("6 of 6 tracks")
    panel.tab_to("window.find.results.table")
    panel.press("Down", "Down", "Up")
    panel.until("window.find.results.table.currentIndex().row() == 1")
    panel.press("space")
    problem, line = panel.line("nothing can be played")
    assert problem and "no sound output" in line
    panel.press("f", "5")
    panel.until("(track := window.find.results.current_row().suggestion.track).favourite and track.rating == 5")
    panel.quit()
