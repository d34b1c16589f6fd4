"""FastAGI scripts: what an agent can do from the phone's keypad."""
