"""Audacity, reached through its own mod-script-pipe. Any command that comes through it stops playback."""
