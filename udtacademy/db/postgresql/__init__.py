"""Django's backend for PostgreSQL, with a cheaper check that a kept connection still works."""
