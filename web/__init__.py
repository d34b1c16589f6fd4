"""The panel: one folder a room."""
