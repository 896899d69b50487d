"""Reads of what happened in sessions and of what follows from it. Nothing here writes, or knows HTTP."""
