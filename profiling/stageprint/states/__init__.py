"""What merges: each module is one state, updated from Arrow batches, merged, and kept as bytes."""
