"""Timelines of editors that exchange files: read them, edit them in memory, and write a new file beside the old one."""
