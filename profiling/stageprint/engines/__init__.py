"""Adapters that read rows: one folder an engine."""
