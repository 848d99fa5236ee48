"""Blender with a panel, started once for each module, and media for its projects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from host_bridge.host import Capability
from host_bridge.remote import RemoteHost
from tests.host_bridge.blender.blender_process import Blender, bpy_python
from tests.host_bridge.conformance import Project, tone, write_wav
from tests.host_bridge.conftest import Panel

JOIN = 30.0


@dataclass
class Room:
    """Blender as a host of a panel, and a folder with media."""

    blender: Blender
    host: RemoteHost
    media: Path

    def do(self, code: str) -> object:
        return self.blender.do(code)

    def need_sound(self) -> None:
        if Capability.INSERT_CUE not in self.host.capabilities:
            pytest.skip(f"bpy {self.host.version} was built without sound")


def write_movie(path: Path, rate: Fraction, seconds: float = 10) -> None:
    """Grey pictures that grow lighter, with a tone."""
    with av.open(str(path), "w") as file:
        video, audio = file.add_stream("mpeg4", rate=rate), file.add_stream("aac", rate=48_000)
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        for i in range(round(seconds * rate)):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), i % 256, np.uint8), format="rgb24")
            for packet in video.encode(picture):
                file.mux(packet)
        samples = tone(seconds).astype(np.float32)
        for i in range(0, samples.size, 1024):
            sound = av.AudioFrame.from_ndarray(samples[None, i : i + 1024], format="fltp", layout="mono")
            sound.sample_rate, sound.pts = 48_000, i
            for packet in audio.encode(sound):
                file.mux(packet)
        for stream in (video, audio):
            for packet in stream.encode(None):
                file.mux(packet)


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media") / "Fïlm & söund"
    folder.mkdir()
    write_movie(folder / "shot one.mp4", Fraction(25))
    write_wav(folder / "tälk 🎤.wav", tone(10, 330.0))
    write_wav(folder / "steps.wav", tone(10, 660.0, 44_100), 44_100)
    return folder


@contextmanager
def started(folder: Path, command: list[str], **environment: str) -> Iterator[tuple[Panel, Blender]]:
    """A panel, and Blender beside it."""
    panel = Panel(folder / "bridge")
    with panel.server:
        blender = Blender(command, panel.server.folder, folder / "blender", **environment)
        try:
            yield panel, blender
        finally:
            blender.close()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, media: Path) -> Iterator[Room]:
    """One Blender for the tests of a module."""
    with started(tmp_path_factory.mktemp("room"), bpy_python()) as (panel, blender):
        yield Room(blender, panel.came.get(timeout=JOIN), media)


def film(room: Room, fps: int = 24, base: float = 1.001, first: int = 101) -> Project:
    """A project of four clips, one of them in a meta strip, and one transition, which is none."""
    # What is loaded from a timer is in Blender's context only when the timer comes again.
    room.do(f"fresh({fps}, {base}, {first})")
    room.do(f"""
folder, first = {str(room.media)!r}, {first}
shot = strips().new_movie("shot öne", folder + "/shot one.mp4", 2, first)
shot.frame_offset_start, shot.frame_final_duration = 24, 96
shot.frame_start = first - 24
other = strips().new_movie("shot two", folder + "/shot one.mp4", 3, first + 96)
other.frame_final_duration = 120
talk = lay_sound("tälk", folder + "/tälk 🎤.wav", 1, first + 24)
talk.frame_final_duration = 72
meta = strips().new_meta("scene", 4, first + 240)
steps = lay_sound("steps", folder + "/steps.wav", 5, first + 240)
steps.frame_final_duration = 48
steps.move_to_meta(meta)
meta.frame_final_duration = 48
meta.frame_start += first + 240 - meta.frame_final_start
addon.edited_scene().view_layers[0].update()
if steps.frame_final_start != first + 240:  # some versions move what is in a meta strip along with it
    steps.frame_start += first + 240 - steps.frame_final_start
push()
""")
    rate = Fraction(fps) / Fraction(base).limit_denominator(1000)
    clips = [(name, start / rate, length / rate) for name, start, length in (
        ("shot öne", 0, 96), ("shot two", 96, 120), ("tälk", 24, 72), ("steps", 240, 48))]  # fmt: skip
    return Project(room.host, clips, audible=(1.0, 2.0))


@pytest.fixture
def stage(room: Room) -> Room:
    """An empty project at 23.976, from frame 101."""
    room.need_sound()
    room.do("fresh(24, 1.001, 101); push()")
    return room
