"""Drafts a configuration from tables: which there are, and what their values say of keys, times and lineage."""
