"""Listening to suggestions: what is heard here is what is rendered."""
