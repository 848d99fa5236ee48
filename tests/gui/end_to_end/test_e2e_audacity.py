"""From a track of Audacity to the cue in Audacity, over its own pipe, with a real panel and real models."""

from __future__ import annotations

import json
from pathlib import Path

from host_bridge.audacity.paths import pipe_paths
from host_bridge.audacity.pipe import Pipe
from tests.gui.end_to_end.panel_world import Opener, World
from tests.host_bridge.audacity.audacity_process import RealAudacity

ROWS = "window.timeline.clips.clips.clips.rows"


def tracks_in(pipe: Pipe) -> list[str]:
    """The names of Audacity's tracks, as it says itself."""
    return [track["name"] for track in json.loads(pipe.request("GetInfo: Type=Tracks"))]


def test_from_a_track_to_the_cue_under_its_clip(
    open_panel: Opener, audacity: RealAudacity, world: World, tmp_path: Path
) -> None:
    talk = next(world.music.glob("Your Coat*"))
    with Pipe(*pipe_paths()) as pipe:
        for command in ("SelectAll:", "RemoveTracks:", f'Import2: Filename="{talk}"', "SetTrack: Name=talk",
                        "SelectTime: Start=0 End=10", "SplitDelete:", "SelectTime: Start=20 End=30",
                        "SplitDelete:"):  # fmt: skip
            pipe.request(command, 30)
        assert tracks_in(pipe) == ["talk"]
    environment = {name: audacity.environment[name] for name in ("HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR")}
    panel = open_panel(**environment)

    # It does not come by itself, so the user goes to it.
    panel.choose("window.timeline.hosts.more", "Connect to Audacity")
    problem, line = panel.line("is connected")
    assert not problem and line.startswith("Audacity 3")
    panel.until(f"len({ROWS}) == 1")
    panel.shoot("audacity")

    # Audacity does not say which file a clip plays: it exports the sound, when the user wants a caption.
    panel.click("window.timeline.controls.caption_all")
    panel.line("Clips captioned: 1")
    caption = panel.until(f"{ROWS}[0].caption")
    assert len(caption.split()) > 3, caption
    panel.click_row("window.timeline.clips", 0)
    panel.until("any('talk' in chip.button.text() for chip in window.find.bar.row.chips)")

    # The best suggestion for clip and words lies under the clip.
    panel.ask("sad slow piano")
    panel.until("(row := window.find.results.current_row()) and set(row.suggestion.aspects) == {'video', 'text'}")
    name = panel.see("window.find.results.current_row().suggestion.track.name")
    panel.shoot("audacity-captioned")
    panel.press("ctrl+Return")
    problem, line = panel.line("lies at")
    assert not problem and name in line
    panel.until(f"len({ROWS}) == 2")
    panel.shoot("audacity-placed")
    panel.quit()

    # And there it is, with the panel gone.
    with Pipe(*pipe_paths()) as pipe:
        found = tracks_in(pipe)
        assert found[:2] == ["talk", name]
        clips = json.loads(pipe.request("GetInfo: Type=Clips"))
        cue = next(clip for clip in clips if clip["track"] == found.index(name))
        assert abs(cue["start"] - 10) < 0.05
        assert abs(cue["end"] - 20) < 0.05
