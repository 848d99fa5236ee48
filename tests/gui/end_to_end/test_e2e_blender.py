"""From the strip in Blender to the cue in Blender, with a real panel, real models and real sound."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path

import pytest

from tests.gui.end_to_end.editing import (
    CUT,
    FIRST,
    blender_module,
    blender_window,
    cut_film,
    select,
    sounds_in,
)
from tests.gui.end_to_end.hearing import clients_of, likeness
from tests.gui.end_to_end.panel_process import PanelProcess
from tests.gui.end_to_end.panel_world import Opener, World
from tests.gui.pulse_server import PulseServer
from tests.host_bridge.blender.blender_process import VARIABLE, Blender

Maker = Callable[[Path, Path], AbstractContextManager[Blender]]

CLIPS = "window.timeline.clips.clips.rowCount()"
CURRENT = "window.timeline.clips.current()"
BEST = "window.find.results.current_row().suggestion"


@pytest.mark.parametrize("make", [blender_window, blender_module])
def test_from_a_strip_to_the_cue_under_it(
    make: Maker, open_panel: Opener, world: World, bridge: Path, sound: PulseServer | None, tmp_path: Path
) -> None:
    with make(bridge, tmp_path / "blender") as blender:
        cut_film(blender, world.film)
        panel = open_panel(**({} if sound is None else clients_of(sound)))
        problem, line = panel.line("is connected")
        assert not problem and line.startswith("Blender")
        panel.until(f"{CLIPS} == 2")

        # The strip that is selected there is the clip here; it gets a caption, and music is asked for it.
        select(blender, "street")
        panel.until(f"{CURRENT} and {CURRENT}.clip.name == 'street'")
        panel.until("any('street' in chip.button.text() for chip in window.find.bar.row.chips)")
        panel.line("6 of 6 tracks")
        assert panel.see(f"list({BEST}.aspects)") == ["video"]
        caption = panel.until(f"{CURRENT}.caption")
        assert len(caption.split()) > 3, caption
        panel.shoot("clip")

        # Words are asked for together with the clip.
        panel.ask("tense electronic chase")
        panel.until(f"set({BEST}.aspects) == {{'video', 'text'}}")
        panel.click_row("window.find.results.table", 1, 2)
        panel.until("window.find.results.table.currentIndex().row() == 1")
        name = panel.see(f"{BEST}.track.name")
        panel.shoot("results")
        play(panel, sound, tmp_path / "heard.raw")

        # Placed by a key it lies under the strip, at its frame and as long as it is.
        panel.press("ctrl+Return")
        problem, line = panel.line("lies at")
        assert not problem and name in line
        cue = [name, FIRST + CUT, CUT]
        assert sounds_in(blender) == [cue]
        panel.until(f"{CLIPS} == 3")
        panel.shoot("placed")

        # The panel's Undo takes it back.
        panel.click("window.timeline.controls.undo")
        panel.line("the last change was taken back")
        assert sounds_in(blender) == []
        panel.until(f"{CLIPS} == 2")

        # Placed once more, it is in the project that is saved and opened again.
        panel.forget_lines()
        panel.click("window.timeline.controls.place")
        panel.line("lies at")
        path = str(tmp_path / "film.blend")
        blender.do(f"bpy.ops.wm.save_as_mainfile(filepath={path!r})")
        blender.do("fresh(25, 1.0, 1)")
        panel.until(f"{CLIPS} == 0")
        blender.do(f"bpy.ops.wm.open_mainfile(filepath={path!r})")
        panel.until(f"{CLIPS} == 3")
        assert sounds_in(blender) == [cue]
        panel.shoot("opened")
        panel.quit()
        assert blender.do("result = addon.link.status") in ("Cuefinder's panel was closed",
                                                            "Cuefinder's panel is not open")  # fmt: skip
    if sound is None:
        pytest.skip("all held, but nobody listened: needs the packages pulseaudio and pulseaudio-utils")


def play(panel: PanelProcess, sound: PulseServer | None, out: Path) -> None:
    """Play with the space bar, and stop with it; what comes out of the computer is the part of the track."""
    if sound is None:
        panel.press("space")
        panel.line("nothing can be played: this computer has no sound output")
        return
    with sound.recording(out):
        panel.do("times = []; window.audition.player.moved.connect(times.append)")
        panel.press("space")
        panel.until("window.audition.player.is_playing and max(times, default=0) > min(times, default=0) + 1.5")
        panel.press("space")
        panel.until("not window.audition.player.is_playing")
    path, start, end = panel.see("(lambda cue: [str(cue.track.path), cue.start, cue.end])(window.audition.cue())")
    assert likeness(out, Path(path), start, end) > 0.9


def test_what_goes_wrong_beside_an_editor_is_said_and_the_panel_goes_on(
    open_panel: Opener, world: World, bridge: Path, tmp_path: Path
) -> None:
    make = blender_module if os.environ.get(VARIABLE) else blender_window
    with ExitStack() as stack:
        blender = stack.enter_context(make(bridge, tmp_path / "blender"))
        cut_film(blender, world.film)
        panel = open_panel()
        panel.until(f"{CLIPS} == 2")
        panel.click_row("window.timeline.clips", 0)
        panel.line("6 of 6 tracks")

        # The track's file is gone, with its disk perhaps.
        track = Path(panel.see(f"str({BEST}.track.path)"))
        panel.click_row("window.find.results.table", 0, 2)
        away = track.rename(tmp_path / track.name)
        try:
            panel.press("space")
            problem, line = panel.line(track.name)
            assert problem and "no such file" in line
            panel.forget_lines()
            panel.click("window.timeline.controls.place")
            assert panel.line("there is no such file to place")[0]
            assert sounds_in(blender) == []
            panel.shoot("track-gone")
        finally:
            away.rename(track)

        # Blender hangs while a cue is placed, and dies of it.
        panel.forget_lines()
        panel.until("window.timeline.controls.place.isEnabled()")
        blender.send_signal(signal.SIGSTOP)
        panel.click("window.timeline.controls.place")
        panel.until("not window.timeline.controls.place.isEnabled()")
        blender.send_signal(signal.SIGKILL)
        problem, line = panel.line("Blender")  # that it is gone, or that the cue is lost with it: the last one stays
        assert problem and ("is no longer connected" in line or "ended the conversation" in line)
        panel.until("window.timeline.hosts.choice.currentText() == 'none connected'")
        panel.until(f"{CLIPS} == 0")
        panel.shoot("host-gone")

        # All that needs no editor goes on, and an editor that is started again is there again.
        panel.forget_lines()
        panel.ask("calm piano")
        panel.line("tracks, parts of")  # the one that was away may be back already
        again = stack.enter_context(make(bridge, tmp_path / "again"))
        cut_film(again, world.film)
        panel.until(f"{CLIPS} == 2")
        panel.quit()
