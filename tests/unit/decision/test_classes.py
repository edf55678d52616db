"""Scores are calibrated by the past of columns like theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pytest

from stageprint.decision import CALIBRATION, Calibration, RunPart, decide, decide_and_score, previous_of, to_records
from stageprint.decision._levels import EXTREME_EFFECT_LEVELS
from stageprint.decision._traits import CONFIRMATION_BUDGET
from stageprint.decision.calibration import MIN_EXCEEDANCES, MIN_PAST_SCORES, Tail
from stageprint.decision.classes import (
    ANY,
    AUTOCORRELATION_CLASSES,
    MAX_DECADES_BELOW_OWN_P,
    MIN_BACKTESTS,
    ONE_RUN,
    TWO_RUNS,
    VOLATILITY_CLASSES,
    ScoreClass,
    UnitsByClass,
)
from stageprint.decision.history import MAX_SUSPECT_P
from stageprint.model import Severity, ShiftRecord
from stageprint.shifts import CalibrationGroup, all_shifts
from tests.unit.decision.runs import SETTINGS, Store, columns, fluctuating, row, table

COLUMNS = 60
SHIFTED = columns(COLUMNS)[7]
LABELS = "labels"
CALM = ScoreClass("float", "ks", 3, "calm", ONE_RUN)


def past(excess: float, *, count: int = 200_000, runs: int = ONE_RUN) -> Calibration:
    """Return the past of columns of every motion and length whose scores fall off exponentially."""
    tail = Tail.of(np.random.default_rng(5).exponential(excess, count))
    statistics, behaviours = (
        (("ks",), VOLATILITY_CLASSES) if runs == ONE_RUN else ((ANY, LABELS), AUTOCORRELATION_CLASSES)
    )
    names = [
        ScoreClass("float", each, length, behaviour, runs)
        for each in statistics
        for length in MIN_BACKTESTS
        for behaviour in behaviours
    ]
    return Calibration(dict.fromkeys(names, tail))


def run(store: Store, ks: float, calibration: Calibration | None) -> tuple[ShiftRecord, pa.Table]:
    """Decide the run after those of a store, in which one column's ks is off; return that, and all decisions."""
    number = len(store.decisions)
    shifted = [row(ks, key=SHIFTED, statistic="ks", reference=name) for name in ("prev", "window", "long")]
    others = [one for one in store.measure(number) if one["column_name"] != SHIFTED.column or one["statistic"] != "ks"]
    decided = decide(table([*others, *shifted]), previous_of(store.decisions[-1]), SETTINGS, calibration)
    (found,) = (each for each in to_records(decided) if each.key == SHIFTED and each.statistic == "ks")
    return found, decided


@pytest.fixture(scope="module")
def store() -> Store:
    return Store(fluctuating(COLUMNS)).run(8)


def test_the_same_score_says_more_where_healthy_columns_seldom_reach_it(store: Store) -> None:
    alone, light, heavy = (run(store, 0.32, known)[0] for known in (None, past(0.43 / 2), past(2.0)))
    assert alone.score == light.score == heavy.score
    assert light.p_value < alone.p_value < heavy.p_value  # type: ignore[operator]
    assert heavy.severity is Severity.NONE
    assert light.severity.rank >= Severity.WARNING.rank
    assert heavy.expected_high > light.expected_high  # type: ignore[operator]


def test_where_scores_are_calibrated_a_gross_residual_is_no_exception(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, calibrated = (run(store, 0.36, known)[0] for known in (None, past(0.5)))
    monkeypatch.setattr(all_shifts()["ks"], "extreme_effect", 0.35)
    for found in (alone, calibrated):
        assert found.severity.rank < Severity.WARNING.rank
        assert found.p_value is not None
        assert found.p_value <= EXTREME_EFFECT_LEVELS * 1e-5
    assert run(store, 0.36, None)[0].severity.rank >= Severity.WARNING.rank
    assert run(store, 0.36, past(0.5))[0] == calibrated


def test_the_expected_range_ends_where_alerts_begin(store: Store) -> None:
    known = past(0.5)
    limit = run(store, 0.30, known)[0].expected_high
    assert limit is not None
    assert run(store, limit * 0.97, known)[0].severity.rank < Severity.WARNING.rank
    assert run(store, limit * 1.03, known)[0].severity.rank >= Severity.WARNING.rank


def test_two_runs_confirm_what_one_does_not(store: Store) -> None:
    calibration = past(0.5)
    first, decided = run(store, 0.28, calibration)
    assert first.severity.rank < Severity.WARNING.rank
    assert first.p_value is not None
    assert first.p_value <= MAX_SUSPECT_P
    again = Store(store.measure, [*store.decisions, decided])
    twice = Calibration({**calibration.tails, **past(0.2, runs=TWO_RUNS).tails})
    confirmed = run(again, 0.28, twice)[0]
    assert confirmed.severity.rank >= Severity.WARNING.rank
    assert "the run before had moved as far" in confirmed.explanation
    assert confirmed.expected_high is not None
    assert confirmed.expected_high < 0.28
    # Alone, or where columns often stay shifted for two runs, it is no more than before.
    assert run(store, 0.28, twice)[0].severity.rank < Severity.WARNING.rank
    lasting = Calibration({**calibration.tails, **past(2.0, runs=TWO_RUNS).tails})
    assert run(again, 0.28, lasting)[0].severity.rank < Severity.WARNING.rank


def test_labels_that_come_and_go_are_calibrated_apart(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def scored() -> Mapping[str, int]:
        found = Counter[str]()
        for name, tail in decide_and_score(measured, previous, SETTINGS, None)[1].tails.items():
            found[name.statistic] += tail.count if name.runs == TWO_RUNS else 0
        return +found

    measured, previous = table(store.measure(8)), previous_of(store.decisions[-1])

    assert {each.name: each.calibration_group for each in all_shifts().values() if each.calibration_group != ANY} == {
        **dict.fromkeys(("lost_share", "new_label", "unseen_share"), LABELS),
        "label_swap": "exchange",
    }
    assert (
        {each.calibration_group for each in all_shifts().values()}
        == set(CalibrationGroup)
        == CONFIRMATION_BUDGET.keys()
    )
    assert scored() == {ANY: COLUMNS}
    monkeypatch.setattr(all_shifts()["ks"], "calibration_group", CalibrationGroup.LABELS)
    assert scored() == {ANY: COLUMNS, LABELS: COLUMNS}


def test_two_runs_of_labels_take_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    _, decided = run(store, 0.28, past(0.5))
    again = Store(store.measure, [*store.decisions, decided])

    def confirmed() -> int:
        """Return how heavy the tail of two runs may be."""
        severities = [
            run(again, 0.28, Calibration({**past(0.5).tails, **past(excess, runs=TWO_RUNS).tails}))[0].severity
            for excess in np.linspace(0.2, 0.7, 20)
        ]
        return sum(severity.rank >= Severity.WARNING.rank for severity in severities)

    usual = confirmed()
    monkeypatch.setattr(all_shifts()["ks"], "calibration_group", CalibrationGroup.LABELS)
    assert 0 < confirmed() < usual < 20


@pytest.mark.parametrize("stays", [0.85, 0.7])
def test_a_shift_that_fades_is_not_confirmed(store: Store, monkeypatch: pytest.MonkeyPatch, stays: float) -> None:
    monkeypatch.setattr(all_shifts()["ks"], "persistence", stays)
    calibration = Calibration({**past(0.43).tails, **past(0.1, runs=TWO_RUNS).tails})
    _, decided = run(store, 0.34, calibration)
    again = Store(store.measure, [*store.decisions, decided])
    stayed, faded = (run(again, 0.34 * left, calibration)[0] for left in (stays + 0.02, stays - 0.02))
    assert stayed.severity.rank >= Severity.WARNING.rank
    assert faded.severity.rank < Severity.WARNING.rank
    assert faded.p_value is not None
    assert faded.p_value <= MAX_SUSPECT_P


def test_the_largest_score_of_a_column_stands_for_its_statistics() -> None:
    together = CALM._replace(statistic=ANY, behaviour=AUTOCORRELATION_CLASSES[0], runs=TWO_RUNS)
    units = UnitsByClass([together], [np.arange(5)])
    column, alerting = np.array([0, 1, 0, 1, 2]), np.array([False, False, False, True, False])
    scores, kept = np.array([3.0, 2.0, 4.0, 5.0, 9.0]), np.array([True, True, True, True, False])
    found = units.tails(scores, kept, alerting, column)[together]
    assert (found.count, found.top.tolist(), found.alerting_scores.tolist()) == (2, [4.0], [5.0])
    assert units.tails(scores, kept, alerting)[together].count == 4


def test_scores_of_loud_columns_are_kept_apart(store: Store) -> None:
    measured = table([row(0.9, key=SHIFTED, reference=name) for name in ("prev", "long")])
    decided, scores = decide_and_score(measured, previous_of(store.decisions[-1]), SETTINGS, None)
    (found,) = (tail for name, tail in scores.tails.items() if name.statistic == "ks" and name.runs == ONE_RUN)
    assert found.count == 1
    assert found.top.size == 0
    assert found.alerting_scores.tolist() == [to_records(decided)[0].score]


def test_the_parts_of_a_run_have_its_scores(store: Store) -> None:
    measured, previous = table(store.measure(8)), previous_of(store.decisions[-1])
    _, whole = decide_and_score(measured, previous, SETTINGS, None)
    part = RunPart(measured, previous, SETTINGS)
    half = measured.num_rows // 2 // 9 * 9  # whole columns
    parts = [RunPart(measured.slice(*where), previous, SETTINGS) for where in ((0, half), (half,))]
    pool = part.variance_pool()
    hypotheses = part.hypotheses(pool)
    together = Calibration.merge(one.scores(pool, one.decide(pool, hypotheses)) for one in parts)
    counts = {name: tail.count for name, tail in together.tails.items() if name.backtests > 0}
    assert {name: counts[name] for name in whole.tails if name.backtests > 0} == {
        name: tail.count for name, tail in whole.tails.items() if name.backtests > 0
    }
    assert RunPart(measured.slice(0, 0), previous, SETTINGS).scores({}, measured) == Calibration()


def calibrated(tails: Mapping[ScoreClass, Tail], scores: list[float]) -> tuple[list[float], list[bool]]:
    sorted_units = UnitsByClass([CALM], [np.arange(len(scores))])
    p, known = sorted_units.calibrate(Calibration(tails), np.array(scores))
    return p.tolist(), known.tolist()


def test_small_classes_are_calibrated_by_wider_ones() -> None:
    few = Tail(MIN_PAST_SCORES - 1, np.zeros(0))
    p, known = calibrated({CALM: few}, [0.0, 2.0])
    assert p == [1.0, 0.01]
    assert known == [False, False]
    assert calibrated({}, [3.0])[1] == [False]
    own = Tail(MIN_PAST_SCORES, np.zeros(0))
    p, known = calibrated({CALM: own}, [1e-9])
    assert p == [pytest.approx(10.0**-MAX_DECADES_BELOW_OWN_P)]
    assert known == [True]
    for other in (CALM._replace(behaviour="restless"), CALM._replace(kind="integer", behaviour="moving")):
        assert calibrated({CALM: few, other: own}, [1.0])[1] == [True], other
    assert calibrated({CALM: few, CALM._replace(statistic="mean"): own}, [1.0])[1] == [False]
    assert calibrated({CALM: few, CALM._replace(backtests=7): own}, [1.0])[1] == [False]


def test_a_class_that_never_moved_lends_three_decades_at_most() -> None:
    p, _ = calibrated({CALM: Tail(10**9, np.zeros(0))}, [3.0, 5.0])
    assert p == [pytest.approx(1e-6), pytest.approx(1e-8)]


@pytest.mark.parametrize(("above", "lent"), [(MIN_EXCEEDANCES, False), (MIN_EXCEEDANCES + 1, True)])
def test_a_class_whose_columns_have_moved_lends_what_its_tail_says(above: int, lent: bool) -> None:
    tail = Tail(10**8, np.linspace(0.3, 0.1, above))
    p, _ = calibrated({CALM: tail}, [1.0])
    if lent:
        assert p == tail.p(np.array([1.0])).tolist()
        assert p[0] < 10.0 ** -(1 + MAX_DECADES_BELOW_OWN_P)
    else:
        assert p == [pytest.approx(10.0 ** -(1 + MAX_DECADES_BELOW_OWN_P))]
    needed = UnitsByClass([CALM], [np.arange(1)]).needed(Calibration({CALM: tail}), np.array(p))
    assert needed == pytest.approx([1.0])


def test_stored_scores_are_read_as_they_were() -> None:
    tails = {
        CALM: Tail(300, np.array([3.0, 2.0]), 2.0, np.array([7.0])),
        CALM._replace(runs=TWO_RUNS): Tail(20, np.zeros(0)),
    }
    stored = Calibration(tails).to_arrow()
    assert stored.schema.equals(CALIBRATION)
    read = Calibration.from_arrow(pa.concat_tables([stored, stored]))
    assert list(read.tails) == list(tails)
    assert read.tails[CALM].count == 600
    assert read.tails[CALM].top.tolist() == [3.0, 3.0, 2.0, 2.0]
    assert (read.tails[CALM].truncated_below, read.tails[CALM].alerting_scores.tolist()) == (2.0, [7.0, 7.0])
    assert Calibration.from_arrow(Calibration().to_arrow()).tails == {}


def test_figures_that_an_earlier_release_did_not_write_are_none_and_its_other_classes_are_left_out() -> None:
    stored = Calibration({CALM: Tail(300, np.array([3.0, 2.0]), 2.0, np.array([7.0]))}).to_arrow()

    def without(*names: str) -> pa.Table:
        columns = {own.name: pa.nulls(1, own.type) if own.name in names else stored[own.name] for own in CALIBRATION}
        return pa.table(columns)

    read = Calibration.from_arrow(pa.concat_tables([without(), without("alerting_scores", "truncated_below")]))
    assert read.tails[CALM].count == 600
    assert (read.tails[CALM].truncated_below, read.tails[CALM].alerting_scores.tolist()) == (2.0, [7.0])
    read = Calibration.from_arrow(without("alerting_scores", "truncated_below", "top"))
    assert (read.tails[CALM].count, read.tails[CALM].top.tolist()) == (300, [])
    read = Calibration.from_arrow(without("behaviour", "alerting_scores", "truncated_below"))
    assert read.tails == {}


def test_only_what_calibrates_is_sent_along() -> None:
    big, small = CALM._replace(statistic="mean"), CALM._replace(statistic="spread")
    tails = {
        CALM: Tail(MIN_PAST_SCORES // 2, np.zeros(0)),
        CALM._replace(kind="integer"): Tail(MIN_PAST_SCORES, np.zeros(0)),
    }
    found = Calibration({**tails, big: Tail(MIN_PAST_SCORES, np.zeros(0)), small: Tail(5, np.zeros(0))}).needed
    assert set(found.tails) == {*tails, big}
    assert ANY not in {name.kind for name in found.tails}
