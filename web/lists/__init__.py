"""Lists: what managers import, assign and watch."""
