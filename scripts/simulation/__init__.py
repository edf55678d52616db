"""Simulated histories and planted faults: what the decision rule costs in false findings, and what it finds."""
