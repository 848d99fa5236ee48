"""A project in the one Audacity of all tests, made anew where a test changed it."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from host_bridge.audacity.host import AudacityHost
from host_bridge.audacity.paths import pipe_paths
from host_bridge.audacity.pipe import Pipe
from host_bridge.audacity.project import read_project
from tests.host_bridge.audacity.audacity_process import RealAudacity
from tests.host_bridge.conformance import RATE, Project, tone, write_wav


@pytest.fixture(scope="session")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sounds")
    write_wav(folder / "bass.wav", tone(3, 110))
    write_wav(folder / "drums.wav", tone(2, 220))
    return folder


@pytest.fixture
def pipe(audacity: RealAudacity) -> Iterator[Pipe]:
    """What the user does in Audacity, the tests do through this."""
    with Pipe(*pipe_paths()) as opened:
        yield opened


def build(pipe: Pipe, sounds: Path) -> None:
    """Make the project; what `SetTrack:` and `SetClip:` do becomes a step with the second `SplitDelete:`."""
    for command in (
        "SelectAll:", "RemoveTracks:",
        f'Import2: Filename="{sounds}/bass.wav"', 'SetTrack: Name="Bässe \\"A\\""', "SelectTime: Start=1 End=2",
        "SplitDelete:", f'Import2: Filename="{sounds}/drums.wav"', "SetTrack: Name=drums", "SetClip: At=1 Start=4.5",
        "SelectTime: Start=10 End=11", "SplitDelete:",
    ):  # fmt: skip
        pipe.request(command, 30)


@pytest.fixture(scope="session")
def built(audacity: RealAudacity, sounds: Path) -> str:
    with Pipe(*pipe_paths()) as pipe:
        build(pipe, sounds)
        return read_project(pipe).content()


@pytest.fixture
def project(pipe: Pipe, built: str, sounds: Path) -> Project:
    if read_project(pipe).content() != built:
        build(pipe, sounds)
    pipe.request("SelectTracks: Track=1 Mode=Set")
    pipe.request("SelectTime: Start=4.6 End=4.6")
    return Project(
        AudacityHost(pipe, "3.2.4"),
        [('Bässe "A"', Fraction(0), Fraction(1)), ('Bässe "A"', Fraction(2), Fraction(1)),
         ("drums", Fraction(9, 2), Fraction(2))],
        audible=(2.5, 4), media=False,
    )  # fmt: skip


@pytest.fixture
def host(project: Project) -> AudacityHost:
    assert isinstance(project.host, AudacityHost)
    return project.host


@pytest.fixture
def music(tmp_path: Path) -> Path:
    """Silent, but for its third second."""
    sound = np.zeros(8 * RATE)
    sound[2 * RATE : 3 * RATE] = tone(1)
    return write_wav(tmp_path / "music.wav", sound)
