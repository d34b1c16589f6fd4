"""User Registration, teams, and everybody's own account."""
