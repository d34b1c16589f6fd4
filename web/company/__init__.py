"""Company Setup: what an organisation decides for itself."""
