"""Parts of the lists benchmark."""
