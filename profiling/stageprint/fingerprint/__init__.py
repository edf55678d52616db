"""From a plan of a table's columns to merged states and profiles: what every engine shares.

An engine (Spark over record batches, Spark over Parquet row groups, the serving profiler) makes a `TablePlan`, feeds
record batches to a `TableFingerprint` or a `SlicedFingerprint`, brings the `partials` of all parts of the table
together, and turns them into profiles with `merge_partials` and `column_profile`.

The index of a partial says what its states belong to: 0, 1, … are the columns of the plan, −1, −2, … its keys, and
`TablePlan.table_index`, one below the last key, the table itself. The table has states even without columns.
"""

from __future__ import annotations

from stageprint.fingerprint.blobs import pack_bytes, pack_states, unpack_states
from stageprint.fingerprint.merge import column_profile, merge_partials, suppress_rare_values
from stageprint.fingerprint.plan import ColumnPlan, TablePlan, plan_column
from stageprint.fingerprint.sliced import SlicedFingerprint, SlicePlan, members
from stageprint.fingerprint.table import States, TableFingerprint, key_batch

__all__ = [
    "ColumnPlan",
    "SlicePlan",
    "SlicedFingerprint",
    "States",
    "TableFingerprint",
    "TablePlan",
    "column_profile",
    "key_batch",
    "members",
    "merge_partials",
    "pack_bytes",
    "pack_states",
    "plan_column",
    "suppress_rare_values",
    "unpack_states",
]
