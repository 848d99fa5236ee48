"""The papers' claims in miniature."""
