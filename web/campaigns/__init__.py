"""Campaigns, distribution groups, and what an agent sees while a lead rings (RING-1)."""
