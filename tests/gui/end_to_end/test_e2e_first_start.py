"""A user who has nothing yet but music."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from tests.gui.end_to_end.panel_world import Opener, World


def test_the_first_start_ended_in_the_middle_goes_on_at_the_next(
    open_panel: Opener, world: World, tmp_path: Path
) -> None:
    shutil.copytree(world.music, tmp_path / "user/Music", copy_function=os.link)
    fresh = {"CUEFINDER_HOME": str(tmp_path / "fresh")}
    panel = open_panel(**fresh)
    panel.until("window.first_start.isVisible()")
    panel.shoot("first-start")
    panel.click("window.first_start.suggested")
    panel.until("window.first_start.progress.isVisible()")
    panel.shoot("first-start-indexing")
    panel.quit()

    panel = open_panel(**fresh)
    panel.until("window.messages.library.text().startswith('Tracks 6 ')")
    panel.until("window.find.isVisible()")
    panel.ask("calm piano")
    panel.line("6 of 6 tracks")
    panel.shoot("first-start-over")
    panel.quit()
