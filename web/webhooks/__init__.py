"""Webhooks: the addresses that are told what became of leads."""
