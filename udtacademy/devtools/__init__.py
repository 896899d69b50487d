"""For development only: PostgreSQL and Redis of their own under `var/`."""
