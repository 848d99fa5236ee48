"""Models that the user installs beside the core pack, each for one role."""
