from __future__ import annotations

import pyarrow as pa

from stageprint.decision.flags import alerting_columns, excluded_runs_by_column, keys_of, suspect_columns
from stageprint.diagnosis.evidence import flagged_rows
from stageprint.model import ColumnKey

X, Y, Z = (ColumnKey("raw", "t", name) for name in "xyz")


def decided(*rows: tuple[ColumnKey, str, float | None, bool]) -> pa.Table:
    return pa.table(
        {
            "stage": [key.stage for key, *_ in rows],
            "table_name": [key.table for key, *_ in rows],
            "slice_key": pa.array([None if key.slice is None else key.slice.key for key, *_ in rows], pa.string()),
            "slice_value": pa.array([None if key.slice is None else key.slice.value for key, *_ in rows], pa.string()),
            "column_name": [key.column for key, *_ in rows],
            "severity": [severity for _, severity, *_ in rows],
            "p_value": pa.array([p for *_, p, _ in rows], pa.float64()),
            "deterministic": [rule for *_, rule in rows],
        }
    )


RUN = decided(
    (X, "critical", 1e-9, False), (X, "none", 0.5, False), (Y, "review", 5e-5, False), (Z, "none", None, True),
)  # fmt: skip


def test_an_alert_is_loud_and_what_is_nearly_one_is_watched() -> None:
    assert keys_of(RUN) == [X, X, Y, Z]
    assert alerting_columns(RUN) == {X}
    assert suspect_columns(RUN) == {X, Y}


def test_rows_that_take_part_in_localisation() -> None:
    assert keys_of(flagged_rows(RUN)) == [X, Y, Z]
    faint = decided((X, "none", 9e-4, False), (Y, "none", 2e-3, False), (Z, "none", None, False))
    assert keys_of(flagged_rows(faint)) == [X]


def test_runs_in_which_a_column_is_not_what_it_should_be() -> None:
    runs = ["1", "2", "3"]
    assert excluded_runs_by_column(runs, {"2": {X}}, {"1": {Y}, "3": {Z}}) == {X: {"2"}, Z: {"3"}}
    assert excluded_runs_by_column(runs, {}, {}) == {}
