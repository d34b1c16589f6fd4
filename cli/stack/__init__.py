"""The embedded stack: PostgreSQL, Asterisk, the simulated outside world, and the process that minds them."""
