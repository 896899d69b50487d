"""The shape of what people send; actions check it against what is recorded."""
