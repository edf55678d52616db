"""The use cases: what happens in which order."""
