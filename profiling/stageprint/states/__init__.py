"""States: mergeable summaries of a column, updated from Arrow batches and stored as bytes; one file each."""
