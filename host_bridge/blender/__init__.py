"""Blender's video sequencer: an add-on that connects to the panel, and its installation."""
