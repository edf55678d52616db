"""Groups of statistics by what they are about, as localisation needs them."""

from __future__ import annotations

PHYSICAL = frozenset({"bytes", "files"})
"""How a table is stored: a compaction moves these and harms nothing."""

MISSING = frozenset({"null_share", "nan_share", "never_null", "nulls_gone", "all_null", "upstream_null"})
"""Missing values."""

TYPE_CHANGED = "type_changed"
"""The column's type, behind which its values may no longer be readable."""

KEYS_ONLY = frozenset({"retention", "new_keys"})
"""A table's keys: changed values in one column of the key are enough to move these."""

RANGE_ENDS = "upstream_ends"
"""A table's first and last event time, beside those of the table upstream."""

NEW_VALUES = frozenset({"upstream_foreign", "unseen_share", "fixed_labels", "type_changed"})
"""Values that were not there before, or are not there upstream."""

SURPLUS = frozenset({"upstream_surplus"})
"""Values, or nulls, that occur more often than in the column upstream."""

REPEATED = frozenset({"unique_key", "duplicate_rows", "fan_out"})
"""Rows that occur several times."""

SCHEMA_PREFIX = "schema_"
"""How the names of the rules about a table's schema begin."""

STALE = "stale"
"""A table that repeats the run before."""

QUALITY = frozenset({"accuracy", "auc", "log_loss"})
"""How well a model predicts: anything before it, and its own columns, can spoil this."""

TIME_ENDS_EARLY = frozenset({"holdout_age", "stale"})
"""A table whose event times end early: rows missing upstream have the same effect."""

OTHER_TIME = frozenset({"time_order", RANGE_ENDS})
"""A table whose rows are of another time: wrong event times upstream have the same effect."""

LATE_ROWS = "late_rows"
"""A part of the rows is older than the rest: what is looked up for these rows is not there."""

HARMLESS = frozenset({"schema_added", "schema_reordered"})
"""Changes of a table that move none of its columns' values."""
