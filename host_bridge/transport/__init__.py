"""How host scripts and the panel talk: JSON-RPC 2.0, one message a line, see `docs/host-protocol.md`."""
