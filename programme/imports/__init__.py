"""Read lists of people and of cities, as organisers keep them: a file or pasted text becomes rows (decision 39)."""
