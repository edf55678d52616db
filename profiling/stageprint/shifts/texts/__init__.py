"""Shift statistics, one file each."""
