"""Adapters that keep profiles and results: one folder a store."""
