"""Metrics of captions, retrieval and tags."""
