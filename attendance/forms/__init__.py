"""Forms check the format of what people send; actions check it against the records."""
