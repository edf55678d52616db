"""Rules of tables that stand beside each other: training, evaluation, serving, predictions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from stageprint.model import TableProfile
from stageprint.shifts import TableHistory, measure_tables
from tests.unit.shifts.columns import table

START = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
Run = tuple[TableProfile, Mapping[str, TableProfile]]


def over(first: float, last: float) -> TableProfile:
    """Return a table whose events happen between two days."""
    start, end = (START + dt.timedelta(days=day) for day in (first, last))
    return table(100, event_time_min=start, event_time_max=end)


def judged(rule: str, role: str | None, *runs: Run) -> dict[str, Any]:
    """Return a rule's row for the last of several runs."""
    *past, (now, beside) = runs
    history = TableHistory(
        now,
        {"long": [profile for profile, _ in past]},
        role=role,
        peers=beside,
        reference_peers={"long": [peers for _, peers in past]},
    )
    found: dict[str, Any] = {row["statistic"]: row for row in measure_tables([history]).to_pylist()}[rule]
    return found


def versions(*names: str, expected: Sequence[str] = (), error: str | None = None) -> TableProfile:
    recorded = tuple((name, 10) for name in names)
    return table(
        10 * len(names),
        model_versions=recorded,
        expected_model_versions=tuple(expected),
        expected_model_version_error=error,
    )


def test_an_expected_version_needs_no_past() -> None:
    assert judged("model_version", None, (versions("a", "b", expected=["a"]), {}))["value"] == pytest.approx(
        1.5708, 1e-4
    )
    assert judged("model_version", None, (versions("a", expected=["a", "b"]), {}))["value"] == 0


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (versions("a"), "no version is expected"),
        (versions(expected=["a"]), "no version is recorded in this run"),
        (versions("a", error="it is down"), "the expected version is not known: it is down"),
    ],
)
def test_no_expected_version(now: TableProfile, reason: str) -> None:
    assert judged("model_version", None, (now, {}))["reason"] == reason


@pytest.mark.parametrize(
    ("runs", "value"),
    [
        ("abcda", 1.0),  # back to the first
        ("abcdd", 0.0),  # one run without a new model is no news after three changes
        ("abcdeff", 1.0),  # after five it is
        ("aabbccc", 0.0),  # it often stays
        ("abaca", 0.0),  # it went back before
        ("abcde", 0.0),
    ],
)
def test_a_version_goes_back_or_stands_still(runs: str, value: float) -> None:
    assert judged("model_version_back", None, *((versions(name), {}) for name in runs))["value"] == value


def test_a_version_without_a_past() -> None:
    row = judged("model_version_back", None, (versions("a"), {}), (versions("b"), {}))
    assert row["reason"] == "needs 3 earlier runs that record a version"
    assert judged("model_version_back", None, (versions("a"), {}), (versions(), {}))["reason"].startswith("no version")


def test_the_version_that_was_evaluated() -> None:
    past = [(versions(name), {"evaluation": versions(name)}) for name in "abc"]

    def row(role: str, *run: Run) -> dict[str, Any]:
        return judged("model_version_evaluated", role, *past, *run)

    assert row("predictions", (versions("c"), {"evaluation": versions("d")}))["value"] == 1
    assert row("predictions", (versions("d"), {"evaluation": versions(), "training": versions("d")}))["value"] == 0
    assert "both sides" in row("serving", (versions("c"), {}))["reason"]
    assert "no stage with the role" in row("training", (versions("c"), {}))["reason"]
    strangers = [(versions("x"), {"evaluation": versions("y")}) for _ in range(3)]
    unsteady = judged(
        "model_version_evaluated", "predictions", *strangers, (versions("c"), {"evaluation": versions("d")})
    )
    assert "earlier runs was a version the same" in unsteady["reason"]


def sets(training: tuple[float, float], evaluation: tuple[float, float], role: str) -> Run:
    both = {"training": over(*training), "evaluation": over(*evaluation)}
    return both.pop(role), both


def test_time_order_is_broken_on_the_side_that_grew() -> None:
    for role, training, evaluation, value in (
        ("training", (0, 12), (10, 14), 0.5),
        ("evaluation", (0, 12), (10, 14), 0.0),
        ("evaluation", (0, 10), (6, 14), 0.5),
        ("training", (0, 10), (6, 14), 0.0),
        ("training", (0, 10), (9, 13), 0.25),  # neither grew
        ("evaluation", (0, 10), (9, 13), 0.0),
        ("training", (30, 40), (10, 14), 0.0),  # out of date, not mixed up
        ("training", (0, 10), (8, 8), 1.0),
    ):
        past = [sets((0, 10), (10, 14), role)] * 3
        assert judged("time_order", role, *past, sets(training, evaluation, role))["value"] == value


def test_no_time_order() -> None:
    past = [sets((0, 10), (10, 14), "training")] * 3
    mixed = [sets((0, 12), (10, 14), "training")] * 3
    now = sets((0, 12), (10, 14), "training")
    assert "not one of" in judged("time_order", "serving", *past, now)["reason"]
    assert "no event times" in judged("time_order", "training", *past, (table(9), {"evaluation": table(9)}))["reason"]
    assert "needs 3 earlier runs" in judged("time_order", "training", *past[:2], now)["reason"]
    assert judged("time_order", "training", *mixed, now)["reason"].endswith("first event before")


def keyed(evaluation: range, training: range) -> Run:
    return table(len(evaluation), keys=evaluation), {"training": table(len(training), keys=training)}


def test_keys_that_were_trained_on() -> None:
    apart, shared = keyed(range(100), range(500, 900)), keyed(range(100), range(90, 500))
    row = judged("never_overlapped", "evaluation", apart, apart, apart, shared)
    assert row["value"] == pytest.approx(0.6435, abs=1e-4)
    assert judged("never_overlapped", "evaluation", apart, apart, apart, apart)["value"] == 0
    assert judged("never_overlapped", "evaluation", apart, shared, apart, shared)["reason"].startswith("some keys were")
    assert "needs 3" in judged("never_overlapped", "evaluation", apart, shared)["reason"]
    no_keys = (table(5), {"training": table(5)})
    assert "no evaluation set" in judged("never_overlapped", "evaluation", apart, apart, apart, no_keys)["reason"]
    assert "no evaluation set" in judged("never_overlapped", "training", apart, apart, apart, shared)["reason"]
    more = judged("train_overlap", "evaluation", shared, keyed(range(100), range(80, 500)))
    assert more["value"] == pytest.approx(0.2838, abs=1e-4)
    assert "in this run" in judged("train_overlap", "evaluation", shared, no_keys)["reason"]
    assert "in the reference" in judged("train_overlap", "evaluation", no_keys, shared)["reason"]


def served(evaluation: tuple[float, float], serving: tuple[float, float], role: str = "serving") -> Run:
    return over(*evaluation), {role: over(*serving)}


def test_a_holdout_ages() -> None:
    past = [served((10, 14), (15, 20))] * 3
    assert judged("holdout_age", "evaluation", *past, served((10, 14), (45, 50)))["value"] == pytest.approx(7.5)
    assert judged("holdout_age", "evaluation", *past, served((10, 14), (15.5, 20)))["value"] == 0
    stood_in = [served((10, 14), (15, 20), "predictions")] * 3
    row = judged("holdout_age", "evaluation", *stood_in, served((10, 12), (15, 20), "predictions"))
    assert row["value"] == pytest.approx(0.5)
    assert row["detail"] == "evaluation ends 72 h before serving begins, at most 24 h before"
    wandering = [served((10, 14), (14 + 2 * day, 30)) for day in range(3)]
    assert "varies" in judged("holdout_age", "evaluation", *wandering, served((10, 14), (45, 50)))["reason"]
    assert "needs 3" in judged("holdout_age", "evaluation", *past[:2], served((10, 14), (45, 50)))["reason"]
    assert "no evaluation set" in judged("holdout_age", "training", *past, served((1, 2), (3, 4)))["reason"]
    assert "no evaluation set" in judged("holdout_age", "evaluation", *past, (over(1, 2), {}))["reason"]
