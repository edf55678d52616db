"""Tests across the supported versions of Spark; `python -m scripts.matrix` runs them."""
