"""Plays a cue through Qt Multimedia in a process of its own, for tests: python play_cue.py CUE.json."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from PyQt6.QtCore import QTimer
from PyQt6.QtWidgets import QApplication

from gui.audition.output import QtOutput
from gui.audition.player import Player
from gui.models.audition import Cue
from gui.tasks import Tasks
from plugin.library.records import Stamp, Track
from plugin.treatment import Treatment


def main() -> None:
    """Play; tell of the signals as they come, one JSON line each with the time in seconds."""
    asked = json.loads(Path(sys.argv[1]).read_text())
    path = Path(asked["track"])
    track = Track(
        id=1, path=path, stamp=Stamp(1, 1), content_hash=b"", title="", artist="", album="", duration=asked["end"],
        tempo=None, key=None, loudness=None, peak=None, caption="", lyrics="", space="s", status="indexed", reason="",
        warnings=(), indexed_at="", peaks=b"",
    )  # fmt: skip
    cue = Cue(track, asked["start"], asked["end"], Treatment(**asked["treatment"]))
    app = QApplication(sys.argv[:1])
    tasks = Tasks()
    player = Player(tasks, QtOutput)
    began = time.monotonic()
    longest, last = 0.0, began

    def tell(kind: str, value: object) -> None:
        print(json.dumps([kind, value, time.monotonic() - began]), flush=True)

    def tick() -> None:
        nonlocal longest, last
        longest, last = max(longest, time.monotonic() - last), time.monotonic()

    ticks = QTimer(interval=5)
    ticks.timeout.connect(tick)
    ticks.start()
    player.problem.connect(lambda text: (tell("problem", text), app.quit()))
    player.playing.connect(lambda playing: (tell("playing", playing), None if playing else app.quit()))
    player.moved.connect(lambda at: tell("moved", at))
    QTimer.singleShot(0, lambda: player.play(cue, asked.get("at", 0.0)))
    for at, treatment in asked.get("changes", []):
        changed = Cue(track, asked["start"], asked["end"], Treatment(**treatment))
        QTimer.singleShot(round(at * 1000), lambda changed=changed: player.change(changed))
    QTimer.singleShot(30_000, app.quit)
    app.exec()
    player.stop()
    tell("longest wait of the GUI thread", longest)
    assert tasks.close(5)


main()
