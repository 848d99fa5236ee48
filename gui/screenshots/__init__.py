"""Pictures of the panel's states for the documentation: ``python -m gui.screenshots --out docs/images``.

A state is a function in `gui.screenshots.states` that brings a widget into it; a new one is a few lines there.
"""
