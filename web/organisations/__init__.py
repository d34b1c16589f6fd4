"""Organisations and their Org Details, for super admins."""
