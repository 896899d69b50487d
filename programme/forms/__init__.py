"""Forms validate the shape of input; actions validate whether the change is allowed."""
