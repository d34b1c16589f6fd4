"""The rules and the records: no Flask, no ARI, no AGI, no click."""
