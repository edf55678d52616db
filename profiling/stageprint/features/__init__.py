"""What comparisons need of a profile: column and table features, distributions, label shares, upstream pairs.

- `from_profile.read_column(profile)` → `column.ColumnFeatures`: figures, distribution, labels of a column in one run.
- `compact.compact_bytes(profile)`, `compact.read_compact(…)`: the same in a few KiB, stored beside each profile.
- `column.Reference`: the mean of one or several earlier runs.
- `pairs.Pairs`: many (current, reference) pairs of one kind as arrays.
- `table.read_table(…)` → `table.TableFeatures`: one table in one run.
- `upstream.UpstreamPair`: a column and the upstream column it comes from.

Every module is public: shifts, checks, decision and diagnosis import from here.
"""
