"""Kills `profile` and `compare` at random moments, and looks at what is left: `python -m tests.kills`."""
