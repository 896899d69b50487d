"""Reads of the programme and of who takes part in it. Nothing here writes, or knows HTTP."""
