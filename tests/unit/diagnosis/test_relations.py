"""What a column that broke with the one it is taken from is compared with, and what tables pass on through others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stageprint.diagnosis.base import candidates
from stageprint.diagnosis.causes.distribution_shift import DistributionShift
from stageprint.diagnosis.causes.partial_load import PartialLoad
from stageprint.diagnosis.diagnose import diagnose
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import evidence_of, flag, table_profile
from stageprint.diagnosis.graph import StageGraph, table_node
from stageprint.diagnosis.links import link
from stageprint.diagnosis.pair import pair, pair_of_runs
from stageprint.diagnosis.volume import flow, rows_change
from stageprint.model import ColumnKey, Severity, ShiftRecord, TableKey, TableProfile
from stageprint.model.lineage import NO_LINEAGE, with_declared

RAW, MID, END = TableKey("raw", "t"), TableKey("mid", "t"), TableKey("end", "t")
UPSTREAM = {"raw": (), "mid": ("raw",), "end": ("mid",)}
X = ColumnKey("mid", "t", "x")
N = 3000

Columns = Mapping[str, Any]
Tables = Mapping[TableKey, Columns]


def season(month: int, size: int = N, step: float = 0.5) -> Any:
    """Return a month's temperatures; every month is another 15 degrees warmer."""
    values = np.random.default_rng(month).normal(15 * month, 5, size)
    return np.round(values / step) * step


def evidence(
    runs: Sequence[Tables], shifts: Sequence[ShiftRecord], keys: Sequence[str] = ("id",), **graph: Any
) -> Evidence:
    profiles: dict[str, dict[TableKey, TableProfile]] = {
        str(number): {
            key: table_profile(key, table, keys=keys if set(keys) <= set(table) else ())
            for key, table in tables.items()
        }
        for number, tables in enumerate(runs, 1)
    }
    found = evidence_of(profiles, UPSTREAM, shifts)
    if graph:
        tables = {stage: [key.table for key in runs[0] if key.stage == stage] for stage in UPSTREAM}
        found.graph = StageGraph("p", UPSTREAM, tables, lambda key: tuple(runs[0].get(key, ())), **graph)
    return found


def copied(month: int, fault: Any = None, rows: int = N) -> Tables:
    x = season(month)
    return {RAW: {"x": x}, MID: {"x": (x if fault is None else fault(x))[:rows]}}


def broke(fault: Any, rows: int = N, statistic: str = "upstream_surplus", **how: Any) -> Evidence:
    runs = [*(copied(month, rows=rows) for month in (1, 2)), copied(3, fault, rows)]
    return evidence(runs, [flag(X, statistic, **(how or {"deterministic": True}))])


@pytest.mark.parametrize(
    ("fault", "cause", "figures"),
    [
        (lambda x: x + 7.25, "offset", {"offset": 7.25}),
        (lambda x: x * 1.609344, "unit_change", {"meaning": "miles → kilometres"}),
        (lambda x: np.minimum(x, np.quantile(x, 0.9)), "clipping", {"side": "upper"}),
        (lambda x: np.where(np.arange(len(x)) % 5 == 0, np.nan, x), "null_spike", {"null_share": 0.2}),
        (lambda x: np.where(np.arange(len(x)) % 5 == 0, x[0], x), "default_value", {}),
    ],
)
def test_a_broken_copy_is_compared_with_what_it_copies(fault: Any, cause: str, figures: Mapping[str, Any]) -> None:
    found = broke(fault)
    (finding,) = diagnose(found)
    assert (finding.cause, finding.origin, finding.finding_class) == (cause, X, "pipeline")
    assert figures.items() <= finding.evidence.items()
    assert finding.sentence.endswith('"Before" is raw.t.x of the same run.')
    both, runs = pair(found, X), pair_of_runs(found, X)
    assert both is not None
    assert runs is not None
    assert (both.source, runs.source) == (ColumnKey("raw", "t", "x"), None)
    assert both.then.mean == pytest.approx(45, abs=1)
    assert runs.then.mean == pytest.approx(30, abs=1)


def test_the_fallback_says_what_the_rule_found_without_parentheses_in_parentheses() -> None:
    labels = ["a", "b"] * (N // 2)
    runs: list[Tables] = [{RAW: {"x": labels}, MID: {"x": labels}}] * 3
    found = "1.3 % of the rows are a surplus of values that occur less often upstream"
    shift = replace(
        flag(X, "upstream_surplus", deterministic=True),
        explanation=f"{found} ('a', beside raw.t.x of the same run); warning: breaks the rule upstream_surplus",
    )
    fit = DistributionShift().explain(evidence(runs, [shift]), X)
    assert f"({found}, 'a', beside raw.t.x of the same run): no known cause fits" in fit.sentence


def test_a_column_that_did_not_break_is_compared_with_its_past() -> None:
    both = pair(broke(None, statistic="ks", effect=3.0), X)
    assert both is not None
    assert both.source is None


def test_a_part_that_lies_elsewhere_is_compared_with_its_past() -> None:
    # The coldest third of every month is taken: further from the month than months are from each other.
    def coldest(month: int) -> Tables:
        x = np.sort(season(1)) + month / 10
        return {RAW: {"x": x}, MID: {"x": x[: N // 10]}}

    found = evidence([coldest(1), coldest(2), coldest(3)], [flag(X, "upstream_ks", effect=3.0)])
    both = pair(found, X)
    assert both is not None
    assert both.source is None


def test_a_column_filled_otherwise_than_its_source_is_compared_with_its_past() -> None:
    def half(month: int) -> Tables:
        x = season(month)
        return {RAW: {"x": x}, MID: {"x": np.where(np.arange(N) % 2 == 0, np.nan, x)}}

    both = pair(evidence([half(1), half(2), half(3)], [flag(X, "upstream_null", effect=3.0)]), X)
    assert both is not None
    assert both.source is None


def test_a_missing_run_leaves_nothing_to_compare_with() -> None:
    assert pair(evidence([copied(1)], [flag(X, "upstream_null")]), X) is None
    late = [{RAW: {"x": season(1)}}, copied(2)]
    found = evidence(late, [flag(X, "upstream_null")])
    assert pair(found, X) is None


def test_a_step_that_leads_back_to_the_grid_is_found_in_a_part_of_the_rows() -> None:
    # The first rows are the colder ones: the part and the whole differ by more than a step explains.
    def first(month: int, fault: float = 0.0) -> Tables:
        x = np.sort(season(month))
        return {RAW: {"x": x}, MID: {"x": x[: int(0.6 * N)] + fault}}

    found = evidence([first(1), first(2), first(3, 4.3)], [flag(X, "upstream_surplus", deterministic=True)])
    (finding,) = diagnose(found)
    assert finding.cause == "offset"
    # The values lie half a degree from each other: every half degree more or less leads back to them as well.
    steps = (finding.evidence["offset"] - 4.3) / 0.5
    assert steps == pytest.approx(round(steps))
    healthy = pair(evidence([first(1), first(2), first(3)], [flag(X, "upstream_surplus", deterministic=True)]), X)
    assert healthy is not None
    assert healthy.source is not None


def test_a_signature_beside_the_source_lifts_a_shift_out_of_the_digest() -> None:
    faulty = broke(
        lambda x: np.where(np.arange(len(x)) % 5 == 0, np.nan, x), statistic="upstream_null", severity=Severity.REVIEW
    )
    assert [finding.severity for finding in diagnose(faulty)] == [Severity.WARNING]
    past = [{RAW: {"x": season(1)}}, {RAW: {"x": np.where(np.arange(N) % 5 == 0, np.nan, season(1))}}]
    alone = evidence(past, [flag(ColumnKey("raw", "t", "x"), "null_share", severity=Severity.REVIEW)])
    assert [finding.severity for finding in diagnose(alone)] == [Severity.REVIEW]


def test_a_sharp_signature_lifts_a_shift_out_of_the_digest() -> None:
    x = season(1)
    past = [{RAW: {"x": x}}, {RAW: {"x": np.minimum(x, np.quantile(x, 0.9))}}]
    (finding,) = diagnose(evidence(past, [flag(ColumnKey("raw", "t", "x"), "clip", severity=Severity.REVIEW)]))
    assert (finding.cause, finding.severity) == ("clipping", Severity.WARNING)


def test_of_several_namesakes_the_one_whose_rows_are_kept_counts() -> None:
    other = TableKey("raw", "other")
    columns = {RAW: ("x", "y"), other: ("x", "Z"), MID: ("x", "y", "z", "sum")}
    tables = {"raw": ["t", "other"], "mid": ["t2"], "end": []}
    mid = TableKey("mid", "t2")
    columns[mid] = columns.pop(MID)
    declared = {ColumnKey("mid", "t2", "sum"): [ColumnKey("raw", "t", "y")]}

    def graph(**more: Any) -> StageGraph:
        lineage = with_declared(NO_LINEAGE, declared)
        return StageGraph("p", UPSTREAM, tables, lambda key: columns.get(key, ()), lineage=lineage, **more)

    def taken(found: StageGraph, name: str) -> ColumnKey | None:
        return found.taken_from(ColumnKey("mid", "t2", name))

    told = graph(sources={mid: RAW})
    assert taken(told, "x") == ColumnKey("raw", "t", "x")
    assert taken(told, "z") == ColumnKey("raw", "other", "Z")
    assert taken(told, "sum") is None
    assert taken(graph(), "x") is None
    assert told.taken_from(ColumnKey("raw", "t", "x")) is None


def rows(size: int, *, twice: float = 0.0, keys: int | None = None) -> Columns:
    made = {"id": np.arange(size) % (keys or size), "x": season(1, size)}
    again = int(twice * size)
    return {name: np.concatenate([values, values[:again]]) for name, values in made.items()}


@pytest.mark.parametrize("quiet", [0.3, 0.0])
def test_repeats_pass_through_a_table_where_they_are_under_the_bar(quiet: float) -> None:
    past = {RAW: rows(1000), MID: rows(1000), END: rows(1000)}
    now = {RAW: rows(1000, twice=0.3), MID: rows(1000, twice=quiet), END: rows(1000, twice=0.3)}
    shifts = [flag(table_node(key), "unique_key", deterministic=True) for key in (RAW, END)]
    found = link(evidence([past, past, now], shifts)).origins
    assert {node.table_key for node in found} == ({RAW} if quiet else {RAW, END})


def test_fewer_rows_pass_through_a_quiet_table() -> None:
    past = {key: rows(1000) for key in (RAW, MID, END)}
    shifts = [flag(table_node(key), "rows", effect=3.0) for key in (RAW, END)]
    passed = evidence([past, past, {RAW: rows(600), MID: rows(650), END: rows(600)}], shifts)
    assert [node.table_key for node in link(passed).origins] == [RAW]
    apart = evidence([past, past, {RAW: rows(600), MID: rows(1000), END: rows(600)}], shifts)
    assert [node.table_key for node in link(apart).origins] == [RAW, END]


def test_columns_that_are_gone_upstream_repeat_no_rows() -> None:
    past = {RAW: {**rows(1000), "y": season(2, 1000)}, MID: rows(1000)}
    now = {RAW: rows(1000), MID: rows(1000, twice=1.0)}
    shifts = [
        flag(table_node(RAW), "schema_removed", deterministic=True),
        flag(table_node(MID), "unique_key", deterministic=True),
    ]
    assert [node.table_key for node in link(evidence([past, past, now], shifts)).origins] == [RAW, MID]


def test_a_key_column_with_values_of_its_own_making_accounts_for_the_keys() -> None:
    codes = np.array(["AA", "BB", "CC", "DD"])[np.arange(N) % 4]
    past = {RAW: {"id": np.arange(N), "code": codes}, MID: {"id": np.arange(N), "code": codes}}
    now = {**past, MID: {"id": np.arange(N), "code": np.where(np.arange(N) % 10 == 0, "ZZ", codes)}}
    code = ColumnKey("mid", "t", "code")
    shifts = [flag(table_node(MID), "retention", effect=4.0), flag(code, "upstream_foreign", deterministic=True)]
    (finding,) = diagnose(evidence([past, past, now], shifts, keys=("id", "code")))
    assert (finding.cause, finding.origin, finding.explains) == ("unseen_category", code, ("mid.t",))
    # Rows that came twice are another matter.
    more = [*shifts, flag(table_node(MID), "unique_key", deterministic=True)]
    assert link(evidence([past, past, now], more, keys=("id", "code"))).parent[table_node(MID)] is None


def clock(month: int, first: int, last: int, slip: int = 0) -> Columns:
    start = dt.datetime(2026, month, 1, tzinfo=dt.timezone.utc)
    days = np.sort(np.arange(N) % (last - first)) + first
    minutes = 1440 * days + 60 * (8 + slip) + np.arange(N) % 500  # open from eight to half past four
    return {"id": np.arange(N), "at": [start + dt.timedelta(minutes=int(minute)) for minute in minutes]}


def with_ends(tables: Tables, shifts: Sequence[ShiftRecord], past: Sequence[Tables] = ()) -> Evidence:
    past = past or [{RAW: clock(month, 0, 28), MID: clock(month, 21, 28)} for month in (1, 2)]
    event_times = {key: "at" if "shipped" not in columns else "shipped" for key, columns in tables.items()}
    found = evidence([*past, tables], shifts, event_times=event_times, sources={MID: RAW})
    lookup = found._table_lookup

    def ranged(key: TableKey, run: str) -> TableProfile | None:
        profile = lookup(key, run)
        times = [*past, tables][int(run) - 1][key][event_times[key]]
        facts = {"event_time_min": min(times), "event_time_max": max(times)}
        return (
            None
            if profile is None
            else TableProfile(profile.key, profile.rows, profile.schema, profile.columns, profile.keys, facts)
        )

    found._table_lookup = ranged
    return found


def test_a_moved_clock_accounts_for_the_ends_of_the_range() -> None:
    at = ColumnKey("mid", "t", "at")
    shifts = [flag(table_node(MID), "upstream_ends", deterministic=True), flag(at, "hour", effect=5.0)]
    busy = {RAW: clock(3, 0, 28), MID: clock(3, 21, 28, slip=5)}
    found = with_ends(busy, shifts)
    parents = link(found).parent
    assert parents[table_node(MID)] == at
    only = with_ends(busy, shifts[:1])
    assert link(only).parent[table_node(MID)] is None


def test_a_part_of_the_range_is_measured_by_the_usual_part() -> None:
    shifts = [flag(table_node(MID), "upstream_ends", deterministic=True)]
    cut = {name: values[: int(0.7 * N)] for name, values in clock(3, 21, 28).items()}
    fit = PartialLoad().explain(with_ends({RAW: clock(3, 0, 28), MID: cut}, shifts), table_node(MID))
    assert fit is not None
    assert "the load was cut off" in fit.sentence
    assert "68.5 % of the usual range" in fit.sentence


def test_the_range_of_another_clock_does_not_measure_it() -> None:
    def shipped(month: int, until: int) -> Columns:
        made = clock(month, 0, 28)
        return {"id": made["id"], "shipped": clock(month, 0, until)["at"]}

    past = [{RAW: shipped(month, 28), MID: clock(month, 0, 28)} for month in (1, 2)]
    some = {name: values[::2] for name, values in clock(3, 0, 28).items()}
    shifts = [flag(table_node(MID), "rows")]
    fit = PartialLoad().explain(with_ends({RAW: shipped(3, 42), MID: some}, shifts, past), table_node(MID))
    assert fit is not None
    assert "cut off" not in fit.sentence


def test_rows_are_held_against_the_last_few_runs() -> None:
    past = [{RAW: rows(size), MID: rows(size // 2)} for size in (1000, 1100, 900)]
    found = evidence([*past, {RAW: rows(1000), MID: rows(600)}], [flag(table_node(MID), "rows")])
    both = found.reference_table(RAW), found.table(RAW)
    assert both[0] is not None
    assert both[1] is not None
    assert rows_change(found, RAW, (both[0], both[1])) == pytest.approx(0.0)
    kept = flow(found, MID)
    assert kept is not None
    assert kept.retention_then == pytest.approx(0.5)
    assert kept.change == pytest.approx(0.2)


def test_rows_that_came_twice_have_their_values_twice_as_often() -> None:
    twice = copied(3)
    twice = {**twice, MID: {"x": np.where(np.arange(2 * N) % 10 < 2, twice[MID]["x"][0], np.tile(twice[MID]["x"], 2))}}
    runs = [copied(1), copied(2), twice]
    table, surplus = table_node(MID), flag(X, "upstream_surplus", deterministic=True)
    repeated = flag(table, "unique_key", deterministic=True)
    assert link(evidence(runs, [repeated, surplus])).parent[X] == table
    # What the rows' repetition does not make stays the column's own.
    assert link(evidence(runs, [flag(table, "rows"), surplus])).parent[X] is None
    assert link(evidence(runs, [repeated, surplus, flag(X, "atom")])).parent[X] is None


def test_values_lost_on_the_way_are_not_put_down_to_rows_that_came_twice() -> None:
    def selective(x: Any) -> Any:
        return np.where((x > np.quantile(x, 0.4)) & (np.arange(len(x)) % 3 == 0), np.nan, x)

    repeated = flag(table_node(MID), "unique_key", deterministic=True)
    surplus = flag(X, "upstream_surplus", deterministic=True)
    found = evidence([copied(1), copied(2), copied(3, selective)], [repeated, surplus, flag(X, "null_share")])
    assert candidates(found, X)[0].cause.name == "null_spike"
    assert candidates(found, X)[0].fit.score < 0.8  # not random: rows that came twice could be to blame
    assert link(found).parent[X] is None


@pytest.mark.parametrize(("severity", "own"), [(Severity.NONE, True), (Severity.WARNING, False)])
def test_a_sure_signature_is_not_put_down_to_a_murmur(severity: Severity, own: bool) -> None:
    score, parent = ColumnKey("mid", "t", "score"), ColumnKey("raw", "t", "x")
    runs: list[Tables] = []
    for month in (1, 2, 3):
        x = np.random.default_rng(month).normal(10 + month / 10, 2, N)
        made = np.where(np.arange(N) % 5 == 0, 0.375, x / 7) if month == 3 else x / 7
        runs.append({RAW: {"x": x}, MID: {"score": made}})
    shifts = [flag(parent, "mean", severity=severity), flag(score, "new_atom")]
    found = evidence(runs, shifts, lineage=with_declared(NO_LINEAGE, {score: (parent,)}))
    assert link(found).parent[score] == (None if own else parent)
