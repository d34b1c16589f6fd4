"""Signing in and out, and what a user chooses for themselves."""
