"""Leads: where each is, what was done for it, and the forms that bring them."""
