"""Meeting platforms for trying out and for tests, written from their public documentation. Installed only where DEBUG is on."""
