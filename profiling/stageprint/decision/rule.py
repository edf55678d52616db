"""The decision rule: turns measurements and their history into scores, p values, severities and explanations."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stageprint.config.decision import DecisionSettings
from stageprint.decision._evidence import UnitEvidence, gather
from stageprint.decision._explain import UnitVerdict, explain
from stageprint.decision._layout import Layout, lay_out, numbers
from stageprint.decision._limits import Limits
from stageprint.decision._outcome import UnitOutcome, judge, p_values
from stageprint.decision._traits import Traits
from stageprint.decision._variance import VariancePool, pool_of
from stageprint.decision.budget import alert_level
from stageprint.decision.classes import Calibration
from stageprint.decision.history import ALERTING_SEVERITIES, PREVIOUS
from stageprint.decision.records import DECISIONS, REFERENCES
from stageprint.decision.score import required_t
from stageprint.model import Severity

Floats = NDArray[np.float64]

_SEVERITIES = pa.array([severity.value for severity in sorted(Severity, key=lambda severity: severity.rank)])


def decide(
    measurements: pa.Table,
    previous: pa.Table | None,
    settings: DecisionSettings,
    calibration: Calibration | None = None,
) -> pa.Table:
    """Return the decided shifts of a run.

    Args:
        measurements: The run's measurements, of schema `stageprint.shifts.MEASUREMENTS`.
        previous: The result of `previous_of` for the last run's shifts; None: there is no earlier run.
        settings: Budgets, and overrides of thresholds.
        calibration: Scores of earlier runs; None: p values are what the scores themselves state.

    Returns:
        A table of schema `DECISIONS`, a row for each column × statistic and each column × rule.
    """
    return decide_and_score(measurements, previous, settings, calibration)[0]


def decide_and_score(
    measurements: pa.Table,
    previous: pa.Table | None,
    settings: DecisionSettings,
    calibration: Calibration | None,
    level: float | None = None,
) -> tuple[pa.Table, Calibration]:
    """Return the decided shifts as `decide` does, and the run's scores, which calibrate those of later runs."""
    part = RunPart(measurements, previous, settings, calibration, level)
    pool = part.variance_pool()
    decisions = part.decide(pool, part.hypotheses(pool))
    return decisions, part.scores(pool, decisions)


class RunPart:
    """Decides some columns of a run, each with all of its measurements.

    A decision needs two things from the run as a whole: the variances of all columns, and the p values of all columns.
    A run is decided in parts, none of which sees the others, by combining these two between the steps::

        pool = merge_pools(part.variance_pool() for part in parts)
        hypotheses = np.sort(np.concatenate([part.hypotheses(pool) for part in parts]))
        shifts = [part.decide(pool, hypotheses) for part in parts]
        scores = Calibration.merge(part.scores(pool, decided) for part, decided in zip(parts, shifts))

    Args:
        measurements: The columns' measurements, of schema `stageprint.shifts.MEASUREMENTS`.
        previous: Their history, of schema `PREVIOUS`; None: there is none.
        settings: Budgets, and overrides of thresholds.
        calibration: Scores of earlier runs of the store; None: there are none.
        level: p value of a comparison up to which it is an alert; None: `alert_level` of the settings and the number of
            hypotheses, as if the pipeline ran daily.
    """

    def __init__(
        self,
        measurements: pa.Table,
        previous: pa.Table | None,
        settings: DecisionSettings,
        calibration: Calibration | None = None,
        level: float | None = None,
    ) -> None:
        self._measurements = measurements
        self._settings = settings
        self._level = level
        self._calibration = calibration or Calibration()
        if not measurements.num_rows:
            return
        self._layout = lay_out(measurements, PREVIOUS.empty_table() if previous is None else previous)
        self._traits = Traits.of(self._layout)
        statistic = self._layout.statistic[self._layout.starts]
        self._limits = Limits.of(
            self._layout, self._traits.min_effect[statistic], self._traits.critical_effect[statistic], settings
        )
        self._evidence: tuple[VariancePool, UnitEvidence] | None = None

    def variance_pool(self) -> VariancePool:
        """Return the variances of these columns, to be merged with those of the other parts."""
        return pool_of(self._layout, self._traits) if self._measurements.num_rows else {}

    def hypotheses(self, pool: VariancePool) -> Floats:
        """Return the p value of each tested column, rising.

        Args:
            pool: The variances of the whole run.
        """
        if not self._measurements.num_rows:
            return np.zeros(0)
        column_p = p_values(self._layout, self._gathered(pool), self._calibration).column_p
        return np.sort(column_p[np.isfinite(column_p)])

    def decide(self, pool: VariancePool, hypotheses: Floats) -> pa.Table:
        """Return the decided shifts of these columns, of schema `DECISIONS`.

        Args:
            pool: The variances of the whole run.
            hypotheses: The p values of the whole run, rising.
        """
        if not self._measurements.num_rows:
            return DECISIONS.empty_table()
        layout, traits, limits, evidence = self._layout, self._traits, self._limits, self._gathered(pool)
        level = alert_level(self._settings, hypotheses.size) if self._level is None else self._level
        outcome = judge(layout, traits, limits, evidence, self._calibration, hypotheses, level)
        return _table(self._measurements, layout, traits, limits, evidence, outcome)

    def scores(self, pool: VariancePool, decisions: pa.Table) -> Calibration:
        """Return the scores of these columns, by which later runs are calibrated.

        Scores of warnings and worse are kept apart, see `Tail.healthy`. The other scores of the same columns count as
        0, since the fault may have moved them too.

        Args:
            pool: The variances of the whole run.
            decisions: The result of `decide` for these columns.
        """
        if not self._measurements.num_rows:
            return Calibration()
        layout, evidence = self._layout, self._gathered(pool)
        alerting = pc.is_in(decisions["severity"], value_set=pa.array(ALERTING_SEVERITIES)).to_numpy()
        beside = (np.bincount(layout.node, weights=alerting) > 0)[layout.node] & ~alerting
        p = pc.fill_null(decisions["p_value"], 1.0).to_numpy()
        of_one_run, two_run_score = (
            np.where(beside, 0.0, scores) for scores in (evidence.score, evidence.two_run_score(p))
        )
        return Calibration(
            {
                **evidence.of_one_run.tails(of_one_run, evidence.active, alerting),
                **evidence.of_two_runs.tails(two_run_score, evidence.has_history, alerting, layout.node),
            }
        )

    def _gathered(self, pool: VariancePool) -> UnitEvidence:
        if self._evidence is None or self._evidence[0] is not pool:
            self._evidence = pool, gather(self._layout, self._traits, self._limits, pool)
        return self._evidence[1]


def _limit(layout: Layout, traits: Traits, limits: Limits, evidence: UnitEvidence, outcome: UnitOutcome) -> Floats:
    """Return the smallest residual of each unit that would have been an alert; NaN: none would."""
    statistic = layout.statistic[layout.starts]
    limit = np.full(len(statistic), np.inf)
    for least, level in outcome.levels:
        asked = np.flatnonzero(evidence.active & (least < limit))
        far = evidence.scale[asked] * required_t(evidence.known[asked], evidence.df[asked], level[asked])
        beyond = np.maximum(least[asked], traits.negligible_effect[statistic[asked]] + far)
        limit[asked] = np.minimum(limit[asked], beyond)
    limit = np.where(evidence.active, limit, np.nan)
    limit = np.where(
        outcome.confirmed, np.minimum(limit, np.maximum(limits.min_effect, evidence.persistent_from)), limit
    )
    limit = np.where(evidence.over_pinned_limit, traits.pinned_limit[statistic], limit)
    limit = np.where(traits.deterministic[statistic], limits.min_effect, limit)
    return np.where(limits.ignored, np.nan, limit)


def _table(
    measurements: pa.Table, layout: Layout, traits: Traits, limits: Limits, evidence: UnitEvidence, outcome: UnitOutcome
) -> pa.Table:
    starts, chosen = layout.starts, evidence.chosen
    statistic = layout.statistic[starts]
    computed = layout.computed[chosen]
    error = layout.error[chosen]
    high = np.minimum(error + _limit(layout, traits, limits, evidence, outcome), traits.largest_value[statistic])
    effect = evidence.residual / np.where(limits.min_effect > 0, limits.min_effect, 1.0)
    stands = np.isfinite(limits.min_effect) & computed
    source = pa.array(layout.source[chosen])
    texts = {name: measurements[name].take(source) for name in ("detail", "reason")}
    figures = {name: numbers(measurements[name].take(source)) for name in ("current_figure", "reference_figure")}
    verdicts = UnitVerdict(
        statistic=layout.names["statistic"].decode(statistic),
        reference=layout.names["reference"].decode(layout.reference[chosen]),
        value=layout.value[chosen],
        now=figures["current_figure"],
        then=figures["reference_figure"],
        high=high,
        critical=error + limits.critical_effect,
        signed=traits.signed[statistic],
        rule=traits.deterministic[statistic],
        used_in_decision=traits.used_in_decision[statistic],
        active=evidence.active,
        over_pinned_limit=evidence.over_pinned_limit,
        confirmed=outcome.confirmed,
        backtests=evidence.history,
        p=outcome.p,
        rank=outcome.rank,
        detail=texts["detail"],
        reason=texts["reason"],
        ignored=limits.ignored,
        note=limits.note,
    )
    active = evidence.active & computed
    columns = {
        "stage": layout.names["stage"].decode(layout.stage[starts]),
        "table_name": layout.names["table_name"].decode(layout.table[starts]),
        "slice_key": layout.names["slice_key"].decode(layout.slice_key[starts]),
        "slice_value": layout.names["slice_value"].decode(layout.slice_value[starts]),
        "column_name": layout.names["column_name"].decode(layout.column[starts]),
        "statistic": verdicts.statistic,
        "value": _nullable(layout.value[chosen]),
        "error": _nullable(error),
        "references": _references(layout),
        "expected_low": _nullable(np.where(traits.signed[statistic], -high, np.where(np.isnan(high), np.nan, 0.0))),
        "expected_high": _nullable(high),
        "effect": _nullable(np.where(stands, effect, np.nan)),
        "score": _nullable(np.where(active, evidence.score, np.nan)),
        "p_value": _nullable(np.where(active, outcome.p, np.nan)),
        "q_value": _nullable(outcome.q),
        "severity": _SEVERITIES.take(pa.array(outcome.rank)),
        "deterministic": pa.array(outcome.fired),
        "reason": texts["reason"],
        "explanation": explain(verdicts),
    }
    return pa.table([columns[name] for name in DECISIONS.names], schema=DECISIONS)


def _references(layout: Layout) -> pa.ListArray:
    offsets = pa.array(np.append(layout.starts, len(layout.value)), pa.int32())
    entries = pa.StructArray.from_arrays(
        [
            layout.names["reference"].decode(layout.reference),
            _nullable(layout.value),
            _nullable(layout.residual),
            _nullable(np.sqrt(layout.mean_square)),
            pa.array(layout.backtests.astype(np.int32)),
        ],
        fields=list(REFERENCES.value_type),
    )
    return pa.ListArray.from_arrays(offsets, entries, type=REFERENCES)


def _nullable(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
