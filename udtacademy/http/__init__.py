"""What surrounds every request: error pages, limits, the page cache, the log."""
