"""Ardour: running sessions by OSC and a Lua action, closed ones by Ardour's own Lua interpreter."""
