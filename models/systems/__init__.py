"""The four papers' systems, one package each; `models.systems.registry` finds them by name."""
