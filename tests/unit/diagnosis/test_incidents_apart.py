"""One incident never hides another: what a finding explains began with it and follows from it, in kind and size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.diagnosis.diagnose import diagnose
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import evidence_of, flag, table_profile
from stageprint.diagnosis.graph import table_node
from stageprint.model import TABLE_LEVEL, ColumnKey, ColumnKind, Finding, Severity, ShiftRecord, TableKey, TableProfile
from tests.unit.diagnosis.scenarios import DAY, as_profile, labels, times

RAW, JOINED = TableKey("raw", "t"), TableKey("joined", "t")
ROWS = 3000


def healthy(day: int, rows: int = ROWS) -> dict[str, Any]:
    """Return a day's rows: whole hours carry no cycle, so that a moved clock leaves no signature there."""
    rng = np.random.default_rng([61, day])
    return {
        "id": np.arange(day * 10_000, day * 10_000 + rows),
        "at": times(rng, rows, start_day=15_000 + day, days=1),
        "kind": labels(rng, rows, 6),
        "amount": rng.gamma(2.0, 30.0, rows),
        "distance": rng.lognormal(3, 0.6, rows),
        "weight": rng.normal(70, 9, rows),
        **{f"other{number}": rng.normal(0, 1, rows) for number in range(6)},
    }


def largest_lost(values: Any, share: float) -> Any:
    """Return values of which the largest are null: no signature of a random loss."""
    return np.where(values > np.quantile(values, 1 - share), np.nan, values)


def stretched(values: Any) -> Any:
    """Return values whose mean doubled, in a way that no known fault does."""
    return np.where(values > np.median(values), 2.4 * values + 8, values)


def seen(
    runs: Sequence[Mapping[TableKey, Mapping[str, Any]]],
    shifts: Sequence[ShiftRecord],
    since: Mapping[ColumnKey, tuple[str, ...]] | None = None,
) -> Evidence:
    profiles = {
        str(run): {key: as_profile(key, columns) for key, columns in tables.items()}
        for run, tables in enumerate(runs, 1)
    }
    stages = {"raw": (), "joined": ("raw",)} if any(JOINED in tables for tables in runs) else {"raw": ()}
    return evidence_of(profiles, stages, shifts, flagged_runs=since)


def told(evidence: Evidence) -> dict[str, Finding]:
    findings = {str(finding.origin): finding for finding in diagnose(evidence)}
    assert len(findings) == len(diagnose(evidence))
    return findings


CHANGED = flag(table_node(RAW), "schema_removed", deterministic=True)
FLAGGED_FROM_2 = {table_node(RAW): ("2", "3", "4", "5")}


def renewed(days: int) -> list[dict[TableKey, dict[str, Any]]]:
    """Return runs whose schema lost a column in the second one."""
    runs = [healthy(day) for day in range(1, days + 1)]
    for columns in runs[1:]:
        del columns["weight"]
    return [{RAW: columns} for columns in runs]


def test_a_schema_change_of_run_2_swallows_neither_nulls_of_run_5_nor_a_clock_moved_in_run_4() -> None:
    runs = renewed(5)
    runs[4][RAW]["amount"] = largest_lost(runs[4][RAW]["amount"], 0.8)
    nulls = RAW.column("amount")
    found = told(seen(runs, [CHANGED, flag(nulls, "null_share", severity=Severity.CRITICAL)], FLAGGED_FROM_2))
    assert set(found) == {"raw.t.weight", "raw.t.amount"}
    assert (found["raw.t.amount"].first_run, found["raw.t.amount"].severity) == ("5", Severity.CRITICAL)
    assert found["raw.t.weight"].first_run == "2"
    assert "raw.t.amount" not in found["raw.t.weight"].explains

    runs = renewed(4)
    runs[3][RAW]["at"] = runs[3][RAW]["at"] // DAY * DAY + 6 * DAY // 24  # all at six
    moved = flag(RAW.column("at"), "median")
    found = told(seen(runs, [CHANGED, moved], {table_node(RAW): ("2", "3")}))
    assert set(found) == {"raw.t.weight", "raw.t.at"}


def test_a_null_spike_does_not_explain_another_columns_mean() -> None:
    then, now = healthy(1), healthy(2)
    rng = np.random.default_rng(3)
    now["amount"] = np.where(rng.random(ROWS) < 0.4, np.nan, now["amount"])
    now["distance"] = stretched(now["distance"])
    shifts = [
        flag(RAW.column("amount"), "null_share", severity=Severity.WARNING),
        flag(RAW.column("distance"), "mean", severity=Severity.CRITICAL),
    ]
    found = told(seen([{RAW: then}, {RAW: now}], shifts))
    spike, mean = found["raw.t.amount"], found["raw.t.distance"]
    assert (spike.cause, spike.severity) == ("null_spike", Severity.WARNING)
    assert (mean.cause, mean.severity) == ("distribution_shift", Severity.CRITICAL)
    assert (spike.explains, mean.explains) == ((), ())
    assert (spike.beside, mean.beside) == (("raw.t.distance",), ("raw.t.amount",))


@pytest.mark.parametrize(("other", "findings"), [(0.2, 1), (0.6, 2)])
def test_columns_are_one_finding_where_they_lost_equal_shares(other: float, findings: int) -> None:
    then, now = healthy(1), healthy(2)
    lost = np.random.default_rng(4).random(ROWS)
    now["amount"] = np.where(lost < 0.2, np.nan, now["amount"])
    now["distance"] = np.where(lost < other, np.nan, now["distance"])
    shifts = [flag(RAW.column(name), "null_share") for name in ("amount", "distance")]
    found = diagnose(seen([{RAW: then}, {RAW: now}], shifts))
    assert [finding.cause for finding in found] == ["null_spike"] * findings
    assert sum(len(finding.explains) for finding in found) == 2 - findings


def test_a_column_that_moved_at_another_time_is_not_beside() -> None:
    runs = [healthy(day) for day in range(1, 5)]
    for columns in runs[2:]:
        columns["kind"] = np.char.lower(columns["kind"])
    runs[3]["distance"] = stretched(runs[3]["distance"])
    since = {RAW.column("kind"): ("3",)}
    shifts = [flag(RAW.column("kind"), "js_distance"), flag(RAW.column("distance"), "mean")]
    found = told(seen([{RAW: columns} for columns in runs], shifts, since))
    assert {name: (one.first_run, one.beside) for name, one in found.items()} == {
        "raw.t.kind": ("3", ()),
        "raw.t.distance": ("4", ()),
    }


def test_a_join_that_drops_rows_does_not_explain_a_key_column_that_moved_further() -> None:
    def run(day: int, share: float, key: Any) -> dict[TableKey, dict[str, Any]]:
        columns = healthy(day)
        columns["plane"] = np.random.default_rng([5, day]).integers(0, 500, ROWS)
        kept = np.random.default_rng(day).random(ROWS) < share
        behind = {name: values[kept] for name, values in columns.items()}
        behind["plane"] = key(behind["plane"])
        return {RAW: columns, JOINED: behind}

    rows = [flag(table_node(JOINED), "rows"), flag(table_node(JOINED), "retention")]
    shifts = [*rows, flag(JOINED.column("plane"), "ks")]
    found = told(seen([run(1, 1.0, lambda key: key), run(2, 0.8, lambda key: key**4 // 500**3)], shifts))
    assert {"joined.t", "joined.t.plane"} == set(found)
    assert found["joined.t"].cause == "join_lost_rows"
    # Rows that are gone do move a column, as far as their share.
    found = told(seen([run(1, 1.0, lambda key: key), run(2, 0.8, lambda key: np.where(key < 50, 0, key))], shifts))
    assert found["joined.t"].explains == ("joined.t.plane",)


def test_few_nulls_upstream_do_not_explain_many_downstream() -> None:
    def run(day: int, above: float, below: float) -> dict[TableKey, dict[str, Any]]:
        columns = healthy(day)
        lost = np.random.default_rng([6, day]).random(ROWS)
        behind = {**columns, "amount": np.where(lost < below, np.nan, columns["amount"])}
        return {RAW: {**columns, "amount": np.where(lost < above, np.nan, columns["amount"])}, JOINED: behind}

    shifts = [flag(key.column("amount"), "null_share") for key in (RAW, JOINED)]
    found = told(seen([run(1, 0.0, 0.0), run(2, 0.05, 0.7)], shifts))
    assert set(found) == {"raw.t.amount", "joined.t.amount"}
    found = told(seen([run(1, 0.0, 0.0), run(2, 0.3, 0.3)], shifts))
    assert found["raw.t.amount"].explains == ("joined.t.amount",)


def test_a_shift_dates_from_the_run_that_first_shows_it_although_the_column_was_flagged_before() -> None:
    runs = [healthy(day) for day in range(1, 6)]
    for columns in runs[2:]:
        columns["amount"] = columns["amount"] * 1.2
    runs[4]["amount"] = np.where(np.random.default_rng(8).random(ROWS) < 0.5, np.nan, runs[4]["amount"])
    shifts = [flag(RAW.column("amount"), "null_share")]
    since = {RAW.column("amount"): ("3", "4")}
    (finding,) = diagnose(seen([{RAW: columns} for columns in runs], shifts, since))
    assert (finding.cause, finding.first_run) == ("null_spike", "5")
    assert finding.evidence["reference_run"] == "4"
    # What was there all along keeps its first run.
    (lasting,) = diagnose(
        seen(
            [{RAW: columns} for columns in runs[:4]],
            [flag(RAW.column("amount"), "mean")],
            {RAW.column("amount"): ("3",)},
        )
    )
    assert lasting.first_run == "3"


def test_a_column_upstream_that_moved_later_is_not_the_cause() -> None:
    def run(day: int, above: bool, below: bool) -> dict[TableKey, dict[str, Any]]:
        columns = healthy(day)
        moved = stretched(columns["amount"])
        behind = {**columns, "amount": moved if below else columns["amount"]}
        return {RAW: {**columns, "amount": moved if above else columns["amount"]}, JOINED: behind}

    runs = [run(1, False, False), run(2, False, True), run(3, True, True)]
    shifts = [flag(key.column("amount"), "mean") for key in (RAW, JOINED)]
    found = told(seen(runs, shifts, {JOINED.column("amount"): ("2",)}))
    assert {name: one.first_run for name, one in found.items()} == {"raw.t.amount": "3", "joined.t.amount": "2"}


def test_many_columns_that_merely_moved_are_the_tables() -> None:
    then, now = healthy(1), healthy(2)
    now["amount"] = now["amount"] * 1000
    names = ("distance", "weight", "other1", "other2")
    now |= {name: stretched(now[name]) for name in names}
    shifts = [flag(RAW.column(name), "ks") for name in ("amount", *names)]
    found = told(seen([{RAW: then}, {RAW: now}], shifts))
    assert found["raw.t.amount"].cause == "unit_change"
    assert set(found) == {"raw.t", "raw.t.amount"}
    assert set(found["raw.t"].explains) == {f"raw.t.{name}" for name in names}
    assert set(found["raw.t.amount"].beside) >= {f"raw.t.{name}" for name in names}
    assert TABLE_LEVEL not in found["raw.t.amount"].beside


def maps(day: int, keys: Sequence[str], scale: float = 1.0) -> TableProfile:
    """Profile the entries of a map: each key with its values, and as many entries as there are keys."""
    rng = np.random.default_rng([67, day])
    values = {"os": rng.choice(["ios", "android"], ROWS), "width": rng.choice(["360", "1280"], ROWS)}
    entries = pa.array([str(value) for key in keys for value in values[key]])
    if scale != 1:
        entries = pa.array([str(scale * int(value)) if value.isdigit() else value for value in entries.to_pylist()])
    columns = {
        "device": pa.array(["x" * len(keys)] * ROWS),
        "device{}": pa.array([key for key in keys for _ in range(ROWS)]),
        "device{*}": entries,
    }
    profiles = {name: table_profile(RAW, {name: values}) for name, values in columns.items()}
    inside = {name: profile.columns[name] for name, profile in profiles.items()}
    inside["device"] = replace(inside["device"], kind=ColumnKind.MAP, data_type="map<string,string>", states={})
    fields = tuple(profile.schema[0] for profile in profiles.values())
    return TableProfile(RAW, ROWS, fields, inside, {}, {})


def test_a_map_that_lost_a_key_is_one_incident() -> None:
    shifts = [flag(ColumnKey("raw", "t", name), "js_distance") for name in ("device", "device{}", "device{*}")]
    runs = {str(day): {RAW: maps(day, ["os", "width"])} for day in range(1, 5)}
    lost = evidence_of({**runs, "5": {RAW: maps(5, ["width"])}}, {"raw": ()}, shifts)
    (finding,) = diagnose(lost)
    assert str(finding.origin) == "raw.t.device{}"
    assert set(finding.explains) == {"raw.t.device", "raw.t.device{*}"}
    rewritten = evidence_of({**runs, "5": {RAW: maps(5, ["os", "width"], 0.5)}}, {"raw": ()}, shifts[2:])
    assert [str(finding.origin) for finding in diagnose(rewritten)] == ["raw.t.device{*}"]
