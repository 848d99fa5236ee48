"""Every format passes the suite that all hosts pass; what a format cannot keep, its host refuses beforehand."""

from __future__ import annotations

from pathlib import Path

import pytest

from host_bridge.files.host import FileHost
from host_bridge.files.matrix import sample
from host_bridge.timeline import placed_clips
from host_bridge.times import seconds
from tests.host_bridge.conformance import HostConformance, Project
from tests.host_bridge.files.samples import MEDIA, NTSC, SUFFIXES, sample_file


@pytest.fixture(params=SUFFIXES)
def project(request: pytest.FixtureRequest, tmp_path: Path) -> Project:
    path = sample_file(tmp_path / f"my film{request.param}", NTSC, True)
    known = [(p.clip.name, seconds(p.record.start_time), seconds(p.record.duration))
             for p in placed_clips(sample(MEDIA, NTSC, True))]  # fmt: skip
    return Project(FileHost(path), known)


class TestFiles(HostConformance):
    """29.97 drop frame, with a start timecode."""
