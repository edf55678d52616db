"""Starts a standalone Spark cluster on this machine, and packs the environment that executors get."""
