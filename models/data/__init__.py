"""Corpus, captions and phrases that training reads."""
