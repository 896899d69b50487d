"""Emails as rows: saved in the transaction they report on, delivered once by a worker (decision 0012)."""
