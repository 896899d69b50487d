"""allauth's forms as we need them."""
