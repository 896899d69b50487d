"""Actions: each changes something in one transaction, takes keywords only, and its actor as `by`."""
