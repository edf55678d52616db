"""Simulated histories and planted faults: the false findings and the recall of the decision rule."""
