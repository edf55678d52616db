"""Training–serving skew, row by row: two tables joined by key, which columns differ, and how.

- `tally.DifferenceTally`: counts what the pairs of one column have in common; merges with the tallies of other rows.
- `explain.suspicions(tally)`: the changes that explain most of the pairs that differ.
- `records`: the result, a `TableSkew` with one `ColumnSkew` per column.
"""
