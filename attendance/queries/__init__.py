"""Reads of what happened in sessions and what follows. Nothing here writes, or knows HTTP."""
