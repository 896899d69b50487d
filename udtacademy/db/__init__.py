"""Shared by our tables: fields, constraints, history, encryption."""
