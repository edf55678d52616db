"""What an alert takes after only a few runs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pytest

from stageprint.model import TABLE_LEVEL, ColumnKey, Severity, ShiftRecord
from stageprint.shifts import all_shifts
from tests.unit.decision.runs import Store, columns, faulty, fluctuating, row, with_fault


@pytest.mark.parametrize("runs", [2, 3])
def test_new_stores_alert_only_about_what_healthy_columns_never_do(runs: int) -> None:
    measure = fluctuating(5)

    def with_atom(run: int) -> list[dict[str, Any]]:
        atom = 0.3 if run == runs - 1 else 0.0
        return [*measure(run), row(atom if run else None, key=columns(5)[1], statistic="new_atom", error=0.009)]

    store = Store(with_fault(with_atom, runs - 1, *faulty("c000", 0.9))).run(runs)
    assert store.alerting() == {"c001"}
    quiet = next(record for record in store.records() if (record.key.column, record.statistic) == ("c000", "ks"))
    assert quiet.explanation.endswith("too few earlier runs to say what is usual")
    assert quiet.p_value is None
    assert quiet.expected_high is None


class Leap(NamedTuple):
    """A column leaps by `value` after `history` runs in which it moved by `noise`, as all others do."""

    history: int
    noise: float
    value: float
    statistic: str = "mean"
    key: ColumnKey = ColumnKey("raw", "trips", "c005")

    @property
    def decided(self) -> ShiftRecord:
        table_itself = self.key.column == TABLE_LEVEL

        def measure(run: int) -> list[dict[str, Any]]:
            rng = np.random.default_rng([7, run])
            moves = {key: float(abs(rng.normal(0, self.noise))) for key in columns(60)}
            own = float(abs(rng.normal(0, self.noise)))
            moves[self.key] = self.value if run > self.history else moves.get(self.key, own)
            return [
                row(
                    move if run else None,
                    key=key,
                    statistic="mean" if table_itself and key != self.key else self.statistic,
                    kind="table" if key.column == TABLE_LEVEL else "float",
                )
                for key, move in moves.items()
            ]

        return next(each for each in Store(measure).run(self.history + 2).records() if each.key == self.key)


@pytest.mark.parametrize(
    ("leap", "p", "severity"),
    [
        (Leap(28, 0.02, 0.26), 7e-6, Severity.WARNING),
        (Leap(8, 0.02, 0.42), 1.5e-6, Severity.REVIEW),
        (Leap(8, 0.02, 0.49), 5.2e-7, Severity.WARNING),
        # However far it leaps.
        (Leap(8, 0.04, 0.82), 1.5e-6, Severity.REVIEW),
        (Leap(8, 0.04, 0.95), 5.1e-7, Severity.CRITICAL),
        # Tables are few.
        (Leap(8, 0.04, 1.0, "rows", ColumnKey("raw", "trips", TABLE_LEVEL)), 6.5e-6, Severity.CRITICAL),
    ],
)
def test_after_a_short_history_an_alert_takes_more(leap: Leap, p: float, severity: Severity) -> None:
    found = leap.decided
    assert found.p_value is not None
    assert 0.85 * p < found.p_value < p
    assert found.severity is severity
    assert found.expected_high is not None
    assert (severity is Severity.REVIEW) is (leap.value < found.expected_high)


@pytest.mark.parametrize(
    ("leap", "severity"),
    [
        (Leap(8, 0.05, 0.74, "null_share"), Severity.REVIEW),
        (Leap(8, 0.05, 0.76, "null_share"), Severity.CRITICAL),
        (Leap(8, 0.05, 0.74, "ks"), Severity.REVIEW),
        (Leap(8, 0.05, 0.76, "ks"), Severity.CRITICAL),
        (Leap(8, 0.12, 1.48, "unseen_share"), Severity.REVIEW),
        (Leap(8, 0.12, 1.52, "unseen_share"), Severity.CRITICAL),
        (Leap(8, 0.06, 0.76, "true_share"), Severity.REVIEW),
        # A column that may go anywhere is no less healthy for having gone there.
        (Leap(8, 0.07, 0.76, "null_share"), Severity.NONE),
    ],
)
def test_what_healthy_columns_hardly_ever_do_is_an_alert_even_where_a_few_runs_say_little(
    leap: Leap, severity: Severity
) -> None:
    found = leap.decided
    assert found.severity is severity
    assert found.expected_high is not None
    if severity is Severity.CRITICAL:
        assert found.expected_high == pytest.approx(all_shifts()[leap.statistic].extreme_effect)
