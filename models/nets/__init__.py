"""Networks of the core pack."""
