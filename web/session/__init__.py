"""My Session: where agents spend their day."""
