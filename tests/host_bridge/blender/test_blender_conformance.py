"""The suite that all hosts pass, with Blender as a Python module."""

from __future__ import annotations

import pytest

from tests.host_bridge.blender.conftest import Room, film
from tests.host_bridge.conformance import HostConformance, Project


class TestBlender(HostConformance):
    @pytest.fixture(params=[(24, 1.001, 101), (30, 1.0, 0)], ids=["23.976 from frame 101", "30 from frame 0"])
    def project(self, request: pytest.FixtureRequest, room: Room) -> Project:
        return film(room, *request.param)
