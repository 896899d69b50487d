"""Objects for tests. Numbers in their names have leading zeros: who is made later also comes later by name."""
