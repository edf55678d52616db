"""Tells by what each column of a run was judged, and how many more runs it needs until the whole rule judges it."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from stageprint.decision._evidence import MIN_BACKTESTS_FOR_A_SCORE
from stageprint.decision.references import PINNED_PREFIXES
from stageprint.model import TABLE_LEVEL, TableKey
from stageprint.model.judged import MAX_MORE_RUNS, Judged
from stageprint.shifts import NEVER_A_ROW, all_shifts

NEEDED: Final = (
    "stage",
    "table_name",
    "slice_key",
    "column_name",
    "statistic",
    "value",
    "p_value",
    "references",
    "reason",
)
"""Columns of decided shifts that `learning_columns` reads."""

_TABLE: Final = ("stage", "table_name")
_COLUMN: Final = (*_TABLE, "column_name")
WHOLE_RULE, LARGE_SHIFTS, FIXED_RULES, NOTHING = 3, 2, 1, 0
"""What judged a column at most."""


def learning_columns(decisions: pa.Table) -> pa.Table:
    """Return by what each column of whole tables was judged.

    A column without a history has no p value. It was judged in full all the same where it was compared with a run or
    stage that was named, since fixed limits apply there. A column of a table that was empty in every run is judged by
    nothing and waits for no run: another empty one would change nothing.

    Args:
        decisions: Decided shifts of one run, at least with the columns of `NEEDED`.

    Returns:
        A table with `stage, table_name, column_name`, `judged_by` (`WHOLE_RULE` … `NOTHING`), and `more_runs`, the
        number of runs after which the whole rule judges the column (0: it does now).
    """
    of_tables = pc.and_(pc.is_null(decisions["slice_key"]), pc.not_equal(decisions["column_name"], TABLE_LEVEL))
    rows = decisions.select(NEEDED).filter(of_tables)
    backtests, pinned = _of_references(rows)
    computed = pc.is_valid(rows["value"]).to_numpy(zero_copy_only=False)
    scored = pc.is_valid(rows["p_value"]).to_numpy(zero_copy_only=False)
    rules = [name for name, shift in all_shifts().items() if shift.deterministic]
    rule = pc.is_in(rows["statistic"], value_set=pa.array(rules, pa.string())).to_numpy(zero_copy_only=False)
    full = (scored & (backtests >= MIN_BACKTESTS_FOR_A_SCORE)) | (computed & pinned)
    level = np.select([full, scored, computed & rule], [WHOLE_RULE, LARGE_SHIFTS, FIXED_RULES], NOTHING)
    missing = np.clip(MIN_BACKTESTS_FOR_A_SCORE - backtests, 0, None)
    # The first run that a column is compared in adds nothing yet: there is no earlier distance between two runs.
    never = pc.fill_null(pc.equal(rows["reason"], NEVER_A_ROW), False).to_numpy(zero_copy_only=False)
    more = np.where(full | never, 0, np.where(computed | (backtests > 0), missing, MAX_MORE_RUNS))
    found = pa.table([*(rows[name] for name in _COLUMN), pa.array(level), pa.array(more)], [*_COLUMN, "level", "more"])
    by_column = found.group_by(list(_COLUMN)).aggregate([("level", "max"), ("more", "min")])
    return pa.table(
        [*(by_column[name] for name in _COLUMN), by_column["level_max"], by_column["more_min"]],
        [*_COLUMN, "judged_by", "more_runs"],
    )


def judged_tables(decisions: pa.Table) -> dict[TableKey, Judged]:
    """Return how many columns of each whole table were judged, by what, and how many still learn.

    Args:
        decisions: Decided shifts of one run, or of some of its columns, at least with the columns of `NEEDED`.
    """
    columns = learning_columns(decisions)
    flags = {
        "whole": pc.equal(columns["judged_by"], WHOLE_RULE),
        "large": pc.equal(columns["judged_by"], LARGE_SHIFTS),
        "rules": pc.equal(columns["judged_by"], FIXED_RULES),
        **{f"more{runs}": pc.equal(columns["more_runs"], runs) for runs in range(1, MAX_MORE_RUNS + 1)},
    }
    counted = pa.table(
        [*(columns[name] for name in _TABLE), *(flag.cast(pa.int64()) for flag in flags.values())], [*_TABLE, *flags]
    )
    grouped = counted.group_by(list(_TABLE)).aggregate([([], "count_all"), *((name, "sum") for name in flags)])
    return {
        TableKey(row["stage"], row["table_name"]): Judged(
            row["count_all"],
            row["whole_sum"],
            row["large_sum"],
            row["rules_sum"],
            (row["more1_sum"], row["more2_sum"], row["more3_sum"]),
        )
        for row in grouped.to_pylist()
    }


def _of_references(rows: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's largest number of backtests, and whether it was compared with a run or stage that was named."""
    references = rows["references"].combine_chunks()
    row, entries = pc.list_parent_indices(references).to_numpy(), references.flatten()
    most = np.zeros(rows.num_rows, dtype=np.int64)
    np.maximum.at(most, row, pc.fill_null(entries.field("backtests"), 0).cast(pa.int64()).to_numpy())
    names = entries.field("reference")
    named = np.zeros(len(names), dtype=bool)
    for prefix in PINNED_PREFIXES:
        named |= pc.fill_null(pc.starts_with(names, prefix), False).to_numpy(zero_copy_only=False)
    pinned = np.zeros(rows.num_rows, dtype=bool)
    pinned[row[named]] = True
    return most, pinned
