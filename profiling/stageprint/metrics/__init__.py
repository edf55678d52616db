"""Metrics: one number each from a column's states, one file each, found by the registry."""
