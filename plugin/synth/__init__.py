"""Generators of music and footage with known truth, for the demo library and for training."""
