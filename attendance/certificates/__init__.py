"""Certificates as files (decision 70)."""
