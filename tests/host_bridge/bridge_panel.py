"""The panel's end of the bridge, for tests."""

from __future__ import annotations

import queue
from pathlib import Path

from host_bridge.remote import RemoteHost
from host_bridge.transport.server import BridgeServer


class Panel:
    """A server with the hosts that came and went."""

    def __init__(self, folder: Path) -> None:
        self.came: queue.Queue[RemoteHost] = queue.Queue()
        self.went: queue.Queue[RemoteHost] = queue.Queue()
        self.server = BridgeServer(self.came.put, self.went.put, folder=folder)
