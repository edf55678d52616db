"""How far a column usually moves: its own history, that of columns like it, and sampling."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stageprint.decision._variance import MIN_COLUMNS_FOR_PRIOR
from stageprint.model import ColumnKey
from tests.unit.decision.runs import KEY, Store, columns, faulty, fluctuating, row, with_fault


def test_a_column_that_always_moves_stays_silent() -> None:
    def moving(run: int) -> list[dict[str, Any]]:
        month = ColumnKey("raw", "trips", "month")
        jumps = [row(1.0 if run else None, key=month, reference=name) for name in ("prev", "window")]
        return fluctuating(40)(run) + jumps

    store = Store(moving).run(8)
    assert not any(store.alerting(run) for run in range(8))


def test_a_column_that_never_moved_needs_the_practical_floor_alone() -> None:
    def still(run: int) -> list[dict[str, Any]]:
        value = None if run == 0 else 0.0 if run < 8 else 0.05
        return [row(value, key=key) for key in columns(1)] + [
            row(0.0 if run else None, key=key) for key in columns(40)[1:]
        ]

    assert Store(still).run(9).alerting() == {"c000"}

    def less(run: int) -> list[dict[str, Any]]:
        return [
            {**each, "value": 0.029, "residual": 0.029} if run == 8 and each["value"] else each for each in still(run)
        ]

    assert Store(less).run(9).alerting() == set()


def weekly(run: int, last: float, *, at: int = 27) -> list[dict[str, Any]]:
    """Return a column that moves by ±10 % of its width from week to week, and moves by `last` in run `at`."""
    steps = np.random.default_rng(9).choice([-0.1, 0.1], 60)
    value = abs(last if run == at else steps[run])
    fluctuation = [row(value if run else None, statistic="mean", reference=name) for name in ("prev", "window", "long")]
    return [*fluctuating(40)(run), *fluctuation]


@pytest.mark.parametrize(("last", "alerting"), [(0.1, False), (0.12, False), (1.2, True)])
def test_a_column_that_fluctuates_every_week_stays_silent_unless_it_leaps(last: float, alerting: bool) -> None:
    store = Store(lambda run: weekly(run, last)).run(28)
    assert not any(KEY.column in store.alerting(run) for run in range(27))
    assert (KEY.column in store.alerting(27)) is alerting


def test_a_reference_without_backtests_is_not_asked() -> None:
    def measure(run: int) -> list[dict[str, Any]]:
        seasonal = [row(0.0 if run >= 6 else None, key=key, reference="seasonal") for key in columns(40)]
        return fluctuating(40)(run) + seasonal

    assert Store(with_fault(measure, 6, *faulty("c007", 0.9))).run(7).alerting() == {"c007"}


def test_a_reference_that_is_surely_noisier_hides_nothing() -> None:
    hit = ColumnKey("raw", "trips", "c005")

    def measure(run: int) -> list[dict[str, Any]]:
        rng = np.random.default_rng([8, run])
        found = []
        for key in columns(60):
            for reference, size in (("prev", 0.02), ("long", 0.1)):
                value = 0.3 if run == 28 and key == hit else abs(rng.normal(0, size))
                found.append(row(float(value) if run else None, key=key, statistic="mean", reference=reference))
        return found

    assert Store(measure).run(29).alerting() == {hit.column}


def test_a_flagged_run_is_no_history() -> None:
    store = Store(with_fault(fluctuating(40), 5, *faulty("c007", 0.9))).run(7)
    before, after = (
        next(each for each in store.records(run) if (each.key.column, each.statistic) == ("c007", "ks"))
        for run in (5, 6)
    )
    assert [each.scale for each in before.references] == [each.scale for each in after.references]
    assert [each.backtests for each in after.references] == [4, 4, 4]
    healthy = next(each for each in store.records(6) if (each.key.column, each.statistic) == ("c008", "ks"))
    assert [each.backtests for each in healthy.references] == [5, 5, 5]


def test_another_baseline_leaves_the_history_alone() -> None:
    def measure(run: int) -> list[dict[str, Any]]:
        if run == 5:
            return [row(0.02, key=key, reference="run:a") for key in columns(40)]
        return fluctuating(40)(run)

    store = Store(measure).run(7)
    pinned = next(each for each in store.records(5) if (each.key.column, each.statistic) == ("c000", "ks"))
    assert [(each.reference, each.value is None, each.backtests) for each in pinned.references] == [
        ("prev", True, 4),
        ("window", True, 4),
        ("long", True, 4),
        ("run:a", False, 0),
    ]
    later = next(each for each in store.records(6) if (each.key.column, each.statistic) == ("c000", "ks"))
    assert [(each.reference, each.backtests) for each in later.references][:3] == [
        ("prev", 4),
        ("window", 4),
        ("long", 4),
    ]


def test_small_and_large_stores_have_their_prior() -> None:
    few, many = (
        Store(with_fault(fluctuating(count), 7, *faulty("c001", 0.9))).run(8)
        for count in (5, MIN_COLUMNS_FOR_PRIOR + 10)
    )
    for store in (few, many):
        assert store.alerting() == {"c001"}
    # Forty columns agree on what is usual, so that less is enough to stand out.
    limits = [
        next(each.expected_high for each in store.records() if (each.key.column, each.statistic) == ("c002", "ks"))
        for store in (few, many)
    ]
    assert limits[0] is not None
    assert limits[1] is not None
    assert limits[1] < limits[0]


def test_sampling_noise_cannot_be_moderated_away() -> None:
    def tiny(run: int) -> list[dict[str, Any]]:
        value = None if run == 0 else 0.0 if run < 6 else 0.4
        return [row(value, key=key, floor=0.04) for key in columns(1)] + [
            row(0.0 if run else None, key=key) for key in columns(40)[1:]
        ]

    assert Store(tiny).run(7).alerting() == set()


def test_columns_that_only_sampling_moves_need_less() -> None:
    def measure(run: int) -> list[dict[str, Any]]:
        rng = np.random.default_rng([4, run])
        found = []
        for number, key in enumerate(columns(80)):
            # Half of the columns move by sampling alone, the others as far, by themselves.
            floor = 0.02**2 if number % 2 else 0.0
            value = 0.22 if run == 12 and number < 2 else abs(rng.normal(0, 0.02))
            found.append(row(float(value) if run else None, key=key, statistic="null_share", floor=floor))
        return found

    assert Store(measure).run(13).alerting() == {"c001"}
