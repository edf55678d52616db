"""Stores: the adapters that keep the result tables, one module or package each."""
