"""The timeline side of the panel: the editors, the clips of the one that is chosen, and what goes into it."""
