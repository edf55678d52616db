"""Sinks for alerts: one file a sink, found by itself. `base` says what a sink is."""
