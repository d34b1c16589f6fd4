"""Records in PostgreSQL: one function, one transaction."""
