"""The page that finds music: the query bar, the answer, and what can be done with a track."""
