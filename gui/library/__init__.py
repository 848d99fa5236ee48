"""The page of the library: its folders, indexing and watching, files that failed, and what it holds."""
