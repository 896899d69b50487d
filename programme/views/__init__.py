"""Pages: access, then form and action where something changes, then a message or a rendered template."""
