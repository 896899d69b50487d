"""For development only: private PostgreSQL and Redis servers under `var/`, and the style guide."""
