"""The command line; each module of this package but ``main`` is one command."""
