"""When the next run confirms a shift that was no alert by itself."""

from __future__ import annotations

from typing import Any

import pytest

from stageprint.decision._outcome import MAX_CONFIRMING_P
from stageprint.model import ColumnKey, Severity
from tests.unit.decision.runs import Store, faulty, fluctuating, row, with_fault


def test_what_two_runs_say_is_more_than_what_one_does() -> None:
    # Not enough for an alert, twice in a row, against the same earlier runs.
    hit = ColumnKey("raw", "trips", "c005")

    def measure(run: int) -> list[dict[str, Any]]:
        again = {"c005": [row(0.23, key=hit, statistic="mean", reference=name) for name in ("prev", "window", "long")]}
        rows = fluctuating(60, size=0.015)(run)
        if run < 20:
            return rows
        kept = [each for each in rows if not (each["column_name"] == "c005" and each["statistic"] == "mean")]
        return [*kept, *again["c005"]]

    store = Store(measure).run(22)
    first, second = (
        next(each for each in store.records(run) if (each.key, each.statistic) == (hit, "mean")) for run in (20, 21)
    )
    assert first.p_value is not None
    assert 1e-7 < first.p_value < 1e-4
    assert (first.severity, second.severity) == (Severity.REVIEW, Severity.WARNING)
    # The suspect run is no history.
    assert [each.backtests for each in second.references] == [each.backtests for each in first.references]


@pytest.mark.parametrize(("statistic", "value"), [("null_to_value", 0.15), ("atom", 0.25), ("zero_share", 0.3)])
def test_a_second_run_does_not_confirm_what_stays_by_itself(statistic: str, value: float) -> None:
    # A default that came is there in the next run too, whatever it means.
    hit = ColumnKey("raw", "trips", "c005")

    def measure(run: int) -> list[dict[str, Any]]:
        now = (value if run >= 20 else 0.0) if run else None
        came = [row(now, key=hit, statistic=statistic, reference=name) for name in ("prev", "window", "long")]
        return [*fluctuating(60, size=0.015)(run), *came]

    store = Store(measure).run(22)
    found = [next(each for each in store.records(run) if each.statistic == statistic) for run in (20, 21)]
    assert [each.severity for each in found] == [Severity.REVIEW, Severity.REVIEW]
    assert all(each.p_value is not None and each.p_value < MAX_CONFIRMING_P / 4 for each in found)


@pytest.mark.parametrize(("value", "severity"), [(0.35, Severity.REVIEW), (0.4, Severity.WARNING)])
def test_after_a_short_history_a_second_run_takes_more(value: float, severity: Severity) -> None:
    measure = fluctuating(60)
    for run in (8, 9):
        measure = with_fault(measure, run, *faulty("c005", value, "mean"))
    store = Store(measure).run(10)
    first, second = (
        next(each for each in store.records(run) if (each.key.column, each.statistic) == ("c005", "mean"))
        for run in (8, 9)
    )
    assert first.severity.rank < Severity.WARNING.rank
    assert second.p_value is not None
    assert second.p_value < MAX_CONFIRMING_P
    assert second.severity is severity
