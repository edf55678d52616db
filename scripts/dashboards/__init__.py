"""Dashboards over the SQL views, as code."""
