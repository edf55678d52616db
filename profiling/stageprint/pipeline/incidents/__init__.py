"""Incidents: what findings and failed checks of many runs have in common, from the run in which it began to its end."""
