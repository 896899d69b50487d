"""Around every request: error pages, limits, what is kept of pages, the log."""
