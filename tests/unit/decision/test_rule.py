"""The decision rule from end to end, on numbers."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from stageprint.decision import DECISIONS, decide, previous_of
from stageprint.decision._outcome import MAX_CONFIRMING_P
from stageprint.decision._variance import MIN_COLUMNS_FOR_PRIOR
from stageprint.model import TABLE_LEVEL, ColumnKey, Severity, ShiftRecord
from stageprint.shifts import all_shifts
from tests.unit.decision.runs import KEY, SETTINGS, Store, columns, decided, row, table, wobbling

OTHER = ColumnKey("raw", "trips", "tip")


def with_fault(measure: Any, at: int, *rows: dict[str, Any]) -> Any:
    """Replace the rows of the same column, statistic and reference in run `at`."""

    def identity(each: dict[str, Any]) -> tuple[Any, ...]:
        return each["column_name"], each["statistic"], each["reference"]

    def changed(run: int) -> list[dict[str, Any]]:
        replaced = {identity(each): each for each in rows}
        return [replaced.get(identity(each), each) if run == at else each for each in measure(run)]

    return changed


def faulty(column: str, value: float, statistic: str = "ks") -> list[dict[str, Any]]:
    key = ColumnKey("raw", "trips", column)
    return [row(value, key=key, statistic=statistic, reference=name) for name in ("prev", "window", "long")]


def test_no_measurements_no_shifts() -> None:
    empty = decide(table([]), None, SETTINGS)
    assert empty.num_rows == 0
    assert empty.schema.equals(DECISIONS)


def test_the_first_run_has_nothing_to_say() -> None:
    records = Store(wobbling(5)).run(1).records()
    assert {record.severity for record in records} == {Severity.NONE}
    assert all(record.reason == "no run for this reference" for record in records)
    assert all(record.value is None and record.q_value is None for record in records)
    assert records[0].explanation == "ks not computable: no run for this reference"


@pytest.mark.parametrize("runs", [2, 3])
def test_young_stores_only_believe_what_healthy_columns_never_do(runs: int) -> None:
    measure = wobbling(5)

    def with_atom(run: int) -> list[dict[str, Any]]:
        atom = 0.3 if run == runs - 1 else 0.0
        return [*measure(run), row(atom if run else None, key=columns(5)[1], statistic="new_atom", error=0.009)]

    store = Store(with_fault(with_atom, runs - 1, *faulty("c000", 0.9))).run(runs)
    assert store.loud() == {"c001"}
    quiet = next(record for record in store.records() if (record.key.column, record.statistic) == ("c000", "ks"))
    assert quiet.explanation.endswith("too few earlier runs to say what is usual")
    assert quiet.p_value is None
    assert quiet.expected_high is None


def test_from_three_runs_on_the_whole_rule_holds() -> None:
    store = Store(with_fault(wobbling(40), 3, *faulty("c007", 0.9))).run(4)
    assert store.loud() == {"c007"}
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
    store = Store(with_fault(wobbling(60), 11, *faulty("c030", 0.6, "mean"))).run(12)
    assert [store.loud(run) for run in range(11)] == [set()] * 11
    assert store.loud() == {"c030"}


def test_a_column_that_always_moves_stays_silent() -> None:
    def moving(run: int) -> list[dict[str, Any]]:
        month = ColumnKey("raw", "trips", "month")
        jumps = [row(1.0 if run else None, key=month, reference=name) for name in ("prev", "window")]
        return wobbling(40)(run) + jumps

    store = Store(moving).run(8)
    assert not any(store.loud(run) for run in range(8))


def test_a_column_that_never_moved_needs_the_practical_floor_alone() -> None:
    def still(run: int) -> list[dict[str, Any]]:
        value = None if run == 0 else 0.0 if run < 8 else 0.05
        return [row(value, key=key) for key in columns(1)] + [
            row(0.0 if run else None, key=key) for key in columns(40)[1:]
        ]

    assert Store(still).run(9).loud() == {"c000"}

    def less(run: int) -> list[dict[str, Any]]:
        return [
            {**each, "value": 0.029, "residual": 0.029} if run == 8 and each["value"] else each for each in still(run)
        ]

    assert Store(less).run(9).loud() == set()


def test_every_healthy_explanation_must_fail() -> None:
    # Far from the window and near the previous run: a new level, and not this run's doing.
    rows = faulty("c007", 0.9)
    rows[0] = row(0.01, key=columns(40)[7], reference="prev")
    assert Store(with_fault(wobbling(40), 6, *rows)).run(7).loud() == set()


def test_a_reference_without_backtests_is_not_asked() -> None:
    def measure(run: int) -> list[dict[str, Any]]:
        seasonal = [row(0.0 if run >= 6 else None, key=key, reference="seasonal") for key in columns(40)]
        return wobbling(40)(run) + seasonal

    assert Store(with_fault(measure, 6, *faulty("c007", 0.9))).run(7).loud() == {"c007"}


def test_a_flagged_run_is_no_history() -> None:
    store = Store(with_fault(wobbling(40), 5, *faulty("c007", 0.9))).run(7)
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
        return wobbling(40)(run)

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
        Store(with_fault(wobbling(count), 7, *faulty("c001", 0.9))).run(8) for count in (5, MIN_COLUMNS_FOR_PRIOR + 10)
    )
    for store in (few, many):
        assert store.loud() == {"c001"}
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

    assert Store(tiny).run(7).loud() == set()


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

    assert Store(measure).run(13).loud() == {"c001"}


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


@pytest.mark.parametrize(
    ("statistic", "value", "severity"),
    [
        ("never_null", 0.0, Severity.NONE),
        ("never_null", 0.2, Severity.WARNING),
        ("never_null", 1.5, Severity.CRITICAL),
        ("all_null", 1.0, Severity.CRITICAL),
        ("type_changed", 0.25, Severity.WARNING),
        ("schema_added", 3.0, Severity.REVIEW),
        ("frozen", 1.0, Severity.WARNING),
    ],
)
def test_rules_need_no_history(statistic: str, value: float, severity: Severity) -> None:
    record = decided([row(value, statistic=statistic, reference="long", detail="x")])["fare", statistic]
    assert record.severity is severity
    assert record.deterministic is (severity is not Severity.NONE)
    assert record.p_value is None
    holds = f"rule {statistic} holds"
    assert (
        record.explanation == holds
        if severity is Severity.NONE
        else record.explanation.endswith(f"{severity.value}: breaks the rule {statistic}")
    )
    assert record.expected_low == 0


def test_a_rule_that_does_not_apply_says_why() -> None:
    record = decided([row(None, statistic="never_null", reference="long", reason="had nulls")])["fare", "never_null"]
    assert (record.reason, record.severity, record.deterministic) == ("had nulls", Severity.NONE, False)


def test_a_broken_rule_flags_the_column() -> None:
    rows = [row(1.0, statistic="all_null", reference="long"), row(0.01), row(0.01, key=OTHER)]
    previous = previous_of(decide(table(rows), None, SETTINGS)).to_pylist()
    assert {(each["column_name"], each["flagged"]) for each in previous} == {("fare", True), ("tip", False)}


@pytest.mark.parametrize(
    ("reference", "severity"),
    [("stage:training", Severity.WARNING), ("run:a", Severity.WARNING), ("prev", Severity.NONE)],
)
def test_stages_and_pinned_runs_have_a_contract(reference: str, severity: Severity) -> None:
    found = decided([row(0.2, reference=reference, error=0.01), row(0.2, key=OTHER, reference=reference, error=0.15)])
    assert found["fare", "ks"].severity is severity
    assert found["tip", "ks"].severity is Severity.NONE
    if severity is Severity.WARNING:
        assert found["fare", "ks"].expected_high == pytest.approx(0.11)
        assert "warning: from 11.0 % on" in found["fare", "ks"].explanation


def test_a_skew_that_was_always_there_is_not_news() -> None:
    def skewed(run: int) -> list[dict[str, Any]]:
        return [row(0.3 + 0.001 * run, key=key, reference="stage:training") for key in columns(3)]

    store = Store(skewed).run(9)
    # It is reported, and as a flagged run no history, until somebody marks it as accepted.
    assert store.loud(0) == {"c000", "c001", "c002"}


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
    store = Store(with_fault(wobbling(40), 8, *rows, *faulty("c030", 0.12))).run(9)
    assert store.loud() == {f"c{number:03}" for number in range(20)}
    bystander = next(each for each in store.records() if (each.key.column, each.statistic) == ("c030", "ks"))
    assert bystander.q_value is not None
    assert bystander.q_value <= 0.05


def test_tables_are_decided_like_columns() -> None:
    key = ColumnKey("raw", "trips", TABLE_LEVEL)

    def measure(run: int) -> list[dict[str, Any]]:
        value = None if run == 0 else 0.02 if run < 8 else 0.9
        return [row(value, key=key, statistic="rows", kind="table"), *wobbling(40)(run)]

    assert Store(measure).run(9).loud() == {TABLE_LEVEL}


def test_the_chosen_reference_is_the_least_significant() -> None:
    rows = [row(0.5, reference="long"), row(0.3, reference="prev"), row(None, reference="seasonal")]
    record = decided(rows)["fare", "ks"]
    assert record.value == 0.3
    assert [each.reference for each in record.references] == ["prev", "seasonal", "long"]


def test_chunked_measurements_are_decided_like_whole_ones() -> None:
    whole = table(wobbling(5)(1))
    chunked = pa.concat_tables([whole.slice(0, 7), whole.slice(7)])
    assert decide(chunked, None, SETTINGS).equals(decide(whole, None, SETTINGS))


def test_a_bad_run_is_no_history() -> None:
    shifts = decide(table(wobbling(5)(1)), None, SETTINGS)
    assert set(previous_of(shifts)["flagged"].to_pylist()) == {False}
    assert set(previous_of(shifts, bad=True)["flagged"].to_pylist()) == {True}


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


def weekly(run: int, last: float, *, at: int = 27) -> list[dict[str, Any]]:
    """Return a column that moves by ±10 % of its width from week to week, and moves by `last` in run `at`."""
    steps = np.random.default_rng(9).choice([-0.1, 0.1], 60)
    value = abs(last if run == at else steps[run])
    wobble = [row(value if run else None, statistic="mean", reference=name) for name in ("prev", "window", "long")]
    return [*wobbling(40)(run), *wobble]


@pytest.mark.parametrize(("last", "loud"), [(0.1, False), (0.12, False), (1.2, True)])
def test_a_column_that_wobbles_every_week_stays_silent_unless_it_leaps(last: float, loud: bool) -> None:
    store = Store(lambda run: weekly(run, last)).run(28)
    assert not any(KEY.column in store.loud(run) for run in range(27))
    assert (KEY.column in store.loud(27)) is loud


def test_what_two_runs_say_is_more_than_what_one_does() -> None:
    # Not enough for an alert, twice in a row, against the same earlier runs.
    hit = ColumnKey("raw", "trips", "c005")

    def measure(run: int) -> list[dict[str, Any]]:
        again = {"c005": [row(0.23, key=hit, statistic="mean", reference=name) for name in ("prev", "window", "long")]}
        rows = wobbling(60, size=0.015)(run)
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
    # The watched run is no history.
    assert [each.backtests for each in second.references] == [each.backtests for each in first.references]


@pytest.mark.parametrize(("statistic", "value"), [("null_to_value", 0.15), ("atom", 0.25), ("zero_share", 0.3)])
def test_a_second_run_does_not_confirm_what_stays_by_itself(statistic: str, value: float) -> None:
    # A default that came is there in the next run too, whatever it means.
    hit = ColumnKey("raw", "trips", "c005")

    def measure(run: int) -> list[dict[str, Any]]:
        now = (value if run >= 20 else 0.0) if run else None
        came = [row(now, key=hit, statistic=statistic, reference=name) for name in ("prev", "window", "long")]
        return [*wobbling(60, size=0.015)(run), *came]

    store = Store(measure).run(22)
    found = [next(each for each in store.records(run) if each.statistic == statistic) for run in (20, 21)]
    assert [each.severity for each in found] == [Severity.REVIEW, Severity.REVIEW]
    assert all(each.p_value is not None and each.p_value < MAX_CONFIRMING_P / 4 for each in found)


@pytest.mark.parametrize(("value", "severity"), [(0.35, Severity.REVIEW), (0.4, Severity.WARNING)])
def test_after_a_short_history_a_second_run_takes_more(value: float, severity: Severity) -> None:
    measure = wobbling(60)
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
        return [*wobbling(60, size=0.015)(run), *rows]

    found = {each.statistic: each for each in Store(measure).run(21).records(20) if each.key == hit}
    assert found["label_swap"].severity is Severity.NONE
    assert found["label_swap"].score == found[companion].score


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

    assert Store(measure).run(29).loud() == {hit.column}


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
