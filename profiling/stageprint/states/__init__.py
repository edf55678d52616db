"""States: mergeable summaries of a column, updated from Arrow batches and stored as bytes; one file each.

Batches are imported for type checkers alone: who reads stored states needs nothing that reads columns.
"""
