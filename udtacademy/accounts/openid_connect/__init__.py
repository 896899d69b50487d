"""Sign-in by OpenID Connect, beside codes (decision 0050)."""
