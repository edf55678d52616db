"""Planted incidents in two pipelines, and what the product makes of them."""
