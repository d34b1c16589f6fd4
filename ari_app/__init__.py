"""The Stasis service: turns what Asterisk says into domain events, and commands into requests."""
