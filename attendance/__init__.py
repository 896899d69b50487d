"""What happened, and what follows from it: evidence, attendance, standing. Builds on `programme`, never the reverse."""
