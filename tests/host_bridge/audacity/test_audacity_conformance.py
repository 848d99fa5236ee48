from __future__ import annotations

from tests.host_bridge.conformance import HostConformance


class TestAudacity(HostConformance):
    """The suite of all hosts, with the real Audacity."""
