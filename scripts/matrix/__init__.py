"""Tests the package with every supported version of Spark."""
