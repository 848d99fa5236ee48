"""One trainer for all systems."""
