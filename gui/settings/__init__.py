"""Settings: the page that shows them, and their way to the disk."""
