"""Suggesting tracks for a clip, a phrase, a reference track, or all three at once."""
