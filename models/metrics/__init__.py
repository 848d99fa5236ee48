"""Metrics of captions, retrieval and tags: a module each, with its conventions on top."""
