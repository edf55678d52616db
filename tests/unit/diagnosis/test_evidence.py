from __future__ import annotations

from dataclasses import replace
from typing import Any

from stageprint.diagnosis.evidence import Evidence, is_flagged
from stageprint.diagnosis.example import flag, table_profile
from stageprint.diagnosis.graph import StageGraph, table_node
from stageprint.model import ColumnKey, Severity, TableKey

TABLE = TableKey("raw", "t")
X, Y = ColumnKey("raw", "t", "x"), ColumnKey("raw", "t", "y")
GRAPH = StageGraph("p", {"raw": ()}, {"raw": ["t"]}, lambda _: ("x", "y"))
PROFILE = table_profile(TABLE, {"x": [1.0, 2.0], "y": [3.0, 4.0]})


def evidence(**options: Any) -> Evidence:
    given: dict[str, Any] = {
        "run_id": "4",
        "graph": GRAPH,
        "history": ["1", "2", "3"],
        "shifts": [],
        "columns": lambda key, run: PROFILE.columns[key.column] if run != "2" else None,
        "tables": lambda _, run: PROFILE if run != "2" else None,
    }
    return Evidence(**{**given, **options})


def test_flagged_are_the_alerting_the_certain_and_the_unlikely() -> None:
    silent = flag(X, severity=Severity.NONE, score=1.0)
    assert not is_flagged(silent)
    assert is_flagged(replace(silent, deterministic=True))
    assert is_flagged(replace(silent, severity=Severity.REVIEW))
    assert is_flagged(replace(silent, p_value=1e-3))
    assert not is_flagged(replace(silent, p_value=None))


def test_shifts_of_a_node_with_and_without_those_left_out() -> None:
    alerting, silent = flag(X, "ks"), flag(X, "mean", severity=Severity.NONE, score=0.5)
    known = evidence(shifts=[alerting, silent])
    assert known.flagged == (X,)
    assert known.shifts == (alerting,)
    assert known.flagged_shifts(X) == (alerting,)
    assert known.shifts_of(X) == (alerting, silent)
    assert known.shifts_of(Y) == ()
    fetched = evidence(shifts=[alerting], other_shifts=lambda _: [silent, replace(alerting, value=9.0)])
    assert fetched.shifts_of(X) == (alerting, silent)
    assert (fetched.severity(X), fetched.severity(Y)) == (Severity.WARNING, Severity.NONE)


def test_profiles_are_fetched_once() -> None:
    calls: list[Any] = []

    def column(key: ColumnKey, run: str) -> None:
        calls.append((key, run))

    seen = evidence(columns=column, tables=lambda *asked: calls.append(asked))
    for _ in range(2):
        assert seen.column(X) is None
        assert seen.table(TABLE, "1") is None
        assert seen.column(table_node(TABLE)) is None
    assert calls == [(X, "4"), (TABLE, "1")]


def test_the_reference_is_the_latest_run_in_which_neither_column_nor_table_was_flagged() -> None:
    plain = evidence()
    assert (plain.reference_run(X), plain.previous) == ("3", "3")
    assert plain.reference(X) is PROFILE.columns["x"]
    assert plain.reference_table(TABLE) is PROFILE
    bad = evidence(flagged_runs=lambda key: {X: ("3",), table_node(TABLE): ("2",)}.get(key, ()))
    assert (bad.reference_run(X), bad.reference_run(Y), bad.reference_run(table_node(TABLE))) == ("1", "3", "3")
    never = evidence(history=[])
    assert (never.reference_run(X), never.reference(X), never.reference_table(TABLE)) == (None, None, None)
    assert never.previous is None
    pinned = evidence(reference_run=lambda _: "1")
    assert pinned.reference_run(X) == "1"


def test_since_when() -> None:
    seen = evidence(shifts=[flag(X)], flagged_runs=lambda key: ("1", "3") if key == X else ())
    assert seen.flagged_runs(X) == ("1", "3", "4")
    assert (seen.first_run(X), seen.first_run(Y)) == ("3", "4")
    always = evidence(shifts=[flag(X)], flagged_runs=lambda _: ("3", "2", "1"))
    assert always.first_run(X) == "1"


def test_a_suspect_run_is_no_reference_and_the_shift_began_in_it_only_where_it_stayed() -> None:
    def seen(**suspect: Any) -> Evidence:
        return evidence(shifts=[flag(X)], tables=lambda *_: PROFILE, flagged_runs=lambda _: ("2", "3"), **suspect)

    stayed = seen()
    assert (stayed.first_run(X), stayed.reference_run(X)) == ("2", "1")
    gone = seen(unconfirmed_runs=lambda _: ("3",))
    assert (gone.first_run(X), gone.reference_run(X)) == ("4", "1")
    assert gone.flagged_runs(X) == ("2", "3", "4")


def test_a_dated_node_has_its_reference_before_that_date() -> None:
    seen = evidence(shifts=[flag(X)])
    assert seen.reference_run(Y) == "3"
    seen.memo["pair", Y] = "old"
    seen.date(Y, "2")
    assert (seen.first_run(Y), seen.flagged_runs(Y), seen.reference_run(Y)) == ("2", ("2", "3", "4"), "1")
    assert ("pair", Y) not in seen.memo
    pinned = evidence(reference_run=lambda _: "1")
    pinned.date(Y, "3")
    assert pinned.reference_run(Y) == "1"


def test_a_run_without_a_profile_of_the_table_is_no_reference() -> None:
    failed = evidence(tables=lambda _, run: PROFILE if run in {"1", "4"} else None)
    assert (failed.reference_run(X), failed.reference_run(table_node(TABLE))) == ("1", "1")
    assert evidence(tables=lambda *_: None).reference_run(X) is None
