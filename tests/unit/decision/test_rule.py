"""The decision rule from end to end, on numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from stageprint.decision import DECISIONS, decide
from stageprint.model import TABLE_LEVEL, ColumnKey, Severity
from tests.unit.decision.runs import KEY, SETTINGS, Store, columns, decided, faulty, fluctuating, row, table, with_fault


def test_no_measurements_no_shifts() -> None:
    empty = decide(table([]), None, SETTINGS)
    assert empty.num_rows == 0
    assert empty.schema.equals(DECISIONS)


def test_the_first_run_has_nothing_to_say() -> None:
    records = Store(fluctuating(5)).run(1).records()
    assert {record.severity for record in records} == {Severity.NONE}
    assert all(record.reason == "no run for this reference" for record in records)
    assert all(record.value is None and record.q_value is None for record in records)
    assert records[0].explanation == "ks not computable: no run for this reference"


def test_from_three_runs_on_the_whole_rule_holds() -> None:
    store = Store(with_fault(fluctuating(40), 3, *faulty("c007", 0.9))).run(4)
    assert store.alerting() == {"c007"}
    record = next(record for record in store.records() if record.severity is Severity.CRITICAL)
    assert (record.key.column, record.statistic) == ("c007", "ks")
    assert record.effect == pytest.approx(30)
    assert record.score is not None
    assert record.p_value == pytest.approx(10**-record.score)
    assert record.q_value is not None
    assert record.q_value <= 0.05
    assert record.expected_low == 0
    assert record.expected_high is not None
    assert 0.03 < record.expected_high < 0.9
    assert "critical" in record.explanation
    assert [each.reference for each in record.references] == ["prev", "window", "long"]
    assert [each.backtests for each in record.references] == [2, 2, 2]


def test_twelve_wobbling_runs_stay_silent_and_a_fault_does_not() -> None:
    store = Store(with_fault(fluctuating(60), 11, *faulty("c030", 0.6, "mean"))).run(12)
    assert [store.alerting(run) for run in range(11)] == [set()] * 11
    assert store.alerting() == {"c030"}


def test_every_healthy_explanation_must_fail() -> None:
    # Far from the window and near the previous run: a new level, and not this run's doing.
    rows = faulty("c007", 0.9)
    rows[0] = row(0.01, key=columns(40)[7], reference="prev")
    assert Store(with_fault(fluctuating(40), 6, *rows)).run(7).alerting() == set()


def test_a_statistic_and_its_companion_are_no_two_witnesses() -> None:
    def measure(run: int) -> list[dict[str, Any]]:
        rng = np.random.default_rng([5, run])
        found = []
        for number, key in enumerate(columns(60)):
            for statistic in ("ks", "spread", "null_share"):
                value = 0.2 if run == 12 and number == 0 and statistic == "ks" else abs(rng.normal(0, 0.02))
                found.append(row(float(value) if run else None, key=key, statistic=statistic))
            with_median = 0.9 if run == 12 and number == 0 else 0.0
            found.append(row(with_median if run else None, key=key, statistic="median"))
        return found

    def without(run: int) -> list[dict[str, Any]]:
        return [each for each in measure(run) if each["statistic"] != "median"]

    records = [
        next(each for each in Store(rows).run(13).records() if (each.key.column, each.statistic) == ("c000", "ks"))
        for rows in (measure, without)
    ]
    assert records[0].p_value == records[1].p_value
    assert records[0].q_value == records[1].q_value


def test_stored_statistics_do_not_decide() -> None:
    record = decided([row(12.0, statistic="psi")])["fare", "psi"]
    assert (record.severity, record.effect, record.p_value, record.q_value) == (Severity.NONE, None, None, None)
    assert record.explanation == "population stability index 12 against prev; stored, not decided on"


def test_a_statistic_of_another_version_is_passed_on_untouched() -> None:
    record = decided([row(12.0, statistic="of_tomorrow")])["fare", "of_tomorrow"]
    assert (record.value, record.severity, record.effect) == (12.0, Severity.NONE, None)


def test_signed_statistics_are_expected_on_both_sides() -> None:
    def measure(run: int) -> list[dict[str, Any]]:
        return [row((-0.01) ** (run % 2) * 0.01 if run else None, key=key, statistic="entropy") for key in columns(5)]

    record = Store(measure).run(6).records()[0]
    assert record.expected_low is not None
    assert record.expected_high is not None
    assert record.expected_low == -record.expected_high < 0
    assert "usually -" in record.explanation


def test_the_digest_has_what_is_unlikely_and_no_alert() -> None:
    keys = columns(2500)

    def measure(run: int) -> list[dict[str, Any]]:
        rng = np.random.default_rng(run)
        values = np.abs(rng.normal(0, 0.015, len(keys))).clip(max=0.03)
        if run == 8:
            values[0] = 0.18
        return [row(float(value) if run else None, key=key) for key, value in zip(keys, values, strict=True)]

    store = Store(measure).run(9)
    record = next(each for each in store.records() if each.key == keys[0])
    assert record.severity is Severity.REVIEW
    assert record.p_value is not None
    assert 1e-5 < record.p_value <= 1e-4


def test_copies_of_a_fault_buy_bystanders_no_looser_level() -> None:
    rows = [each for number in range(20) for each in faulty(f"c{number:03}", 0.9)]
    store = Store(with_fault(fluctuating(40), 8, *rows, *faulty("c030", 0.12))).run(9)
    assert store.alerting() == {f"c{number:03}" for number in range(20)}
    bystander = next(each for each in store.records() if (each.key.column, each.statistic) == ("c030", "ks"))
    assert bystander.q_value is not None
    assert bystander.q_value <= 0.05


def test_tables_are_decided_like_columns() -> None:
    key = ColumnKey("raw", "trips", TABLE_LEVEL)

    def measure(run: int) -> list[dict[str, Any]]:
        value = None if run == 0 else 0.02 if run < 8 else 0.9
        return [row(value, key=key, statistic="rows", kind="table"), *fluctuating(40)(run)]

    assert Store(measure).run(9).alerting() == {TABLE_LEVEL}


def test_the_chosen_reference_is_the_least_significant() -> None:
    rows = [row(0.5, reference="long"), row(0.3, reference="prev"), row(None, reference="seasonal")]
    record = decided(rows)["fare", "ks"]
    assert record.value == 0.3
    assert [each.reference for each in record.references] == ["prev", "seasonal", "long"]


def test_chunked_measurements_are_decided_like_whole_ones() -> None:
    whole = table(fluctuating(5)(1))
    chunked = pa.concat_tables([whole.slice(0, 7), whole.slice(7)])
    assert decide(chunked, None, SETTINGS).equals(decide(whole, None, SETTINGS))


def test_key_is_the_whole_path() -> None:
    far = ColumnKey("clean", "trips", "fare")
    found = decide(
        table([row(0.1), row(0.2, key=far), row(0.3, key=ColumnKey("raw", "zones", "fare"))]), None, SETTINGS
    )
    assert sorted(
        zip(found["stage"].to_pylist(), found["table_name"].to_pylist(), found["value"].to_pylist(), strict=True)
    ) == [
        ("clean", "trips", 0.2),
        ("raw", "trips", 0.1),
        ("raw", "zones", 0.3),
    ]
    assert KEY.column == "fare"


@pytest.mark.parametrize("companion", ["label_flow", "l_infinity"])
def test_labels_that_changed_places_count_no_more_than_how_far_they_went(companion: str) -> None:
    # A column of two labels has no flow: both would have changed with the others, of which there are none.
    hit = ColumnKey("raw", "trips", "c005")

    def measure(run: int) -> list[dict[str, Any]]:
        rng = np.random.default_rng([6, run])
        swap, moved = (0.3, 0.2) if run == 20 else (0.0, abs(rng.normal(0, 0.06)))
        values = {"label_swap": swap, "label_flow": None, companion: moved}
        rows = [
            row(value if run else None, key=hit, statistic=statistic, reason=None if value else "two labels")
            for statistic, value in values.items()
        ]
        return [*fluctuating(60, size=0.015)(run), *rows]

    found = {each.statistic: each for each in Store(measure).run(21).records(20) if each.key == hit}
    assert found["label_swap"].severity is Severity.NONE
    assert found["label_swap"].score == found[companion].score


def test_q_values_are_of_the_run_as_a_whole() -> None:
    def measure(run: int) -> list[dict[str, Any]]:
        values = np.abs(np.random.default_rng([9, run]).normal(0, 0.05, 60))
        if run == 11:
            values[:3] = 0.2, 0.3, 0.4
        return [
            row(float(value) if run else None, key=key, statistic="mean")
            for key, value in zip(columns(60), values, strict=True)
        ]

    records = Store(measure).run(12).records()
    p, q = (np.array([getattr(each, name) for each in records], dtype=float) for name in ("p_value", "q_value"))
    assert p.min() < 1e-3 < q.min() < 0.1
    assert q.tolist() == pytest.approx(stats.false_discovery_control(p).tolist())
