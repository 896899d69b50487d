"""Monitoring: health, metrics, logs, errors."""
