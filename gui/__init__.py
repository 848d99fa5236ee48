"""The PyQt6 panel; talks to plugin and host_bridge, and nothing imports it."""
