"""Django's PostgreSQL backend, with the current identity bound at the start of every transaction."""
