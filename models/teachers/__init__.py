"""Published networks whose outputs ours learn from."""
