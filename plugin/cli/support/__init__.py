"""What the commands share: options, units, tables, JSON and the progress display."""
