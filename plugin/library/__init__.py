"""The user's music library: one SQLite store, its indexing, its words and its search matrix."""
