"""What the shipped pack is measured by."""
