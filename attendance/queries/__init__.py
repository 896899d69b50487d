"""Reads of evidence, attendance and what follows from them. Nothing here writes, or knows HTTP."""
