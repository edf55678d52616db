"""One number each from a column's states: one file a metric, found by the registry."""
