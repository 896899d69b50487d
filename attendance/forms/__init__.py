"""The shape of what is sent; actions see to the world."""
