"""One machine a way of calling: a table, step(state, event) -> state, commands."""
