"""Incidents planted in two pipelines, and what the product finds."""
