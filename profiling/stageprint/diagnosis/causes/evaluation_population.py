"""The model is evaluated on another population than the one it serves."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.roles import apart, beside, namesake
from stageprint.model import ColumnKey, TableKey
from stageprint.model.figures import listing

MIN_GROWTH = 0.05
"""Minimum growth of a column's distance (0–1) that counts."""

MIN_LARGEST_GROWTH = 0.1
"""Minimum growth that the column that moved farthest must show."""

MIN_MOVED_COLUMNS, MIN_MOVED_SHARE = 3, 0.2
"""Minimum number and share of the shared columns that must have moved away."""


@dataclass(frozen=True, slots=True)
class _Move:
    """One shared column: its distance to serving, now and before, and by how much training's has grown."""

    name: str
    now: float
    then: float
    training: float

    @property
    def growth(self) -> float:
        return self.now - self.then


class EvaluationPopulation(Cause):
    """The model is evaluated on another population than the one it serves.

    The evaluation set has moved away from the serving data, but the training set has not. Its metrics say little about
    the model in production: a filter, a sampling rule or a segment makes the set easier or harder.

    Signature: in at least three of the columns that both tables have, and at least a fifth of them, the distance of the
    evaluation set from the serving data grew by at least 0.05, and at least twice as much as the training set's
    distance. In one of them it grew by at least 0.1.

    Told apart from: `population_shift`: training and serving moved; `partial_load`: the time range is cut;
    `join_lost_rows`: rows were lost whatever they hold.

    Check:
        - Compare the filters and the sampling of the evaluation set with those of the serving population.
        - Look at the columns that moved, the farthest first: together they usually name the missing segment.
        - Evaluate the model on a plain sample of recent serving rows and compare the metrics.

    Fix: Draw the evaluation set again by the rule that selects serving rows. Do not release a model on figures from
    this set.

    Evidence:
        serving_table: the serving table that it is compared with.
        columns: the columns that moved away, farthest first.
        shared_columns: columns that both tables have.
        distance: distance of the first column from serving now, 0–1: Kolmogorov–Smirnov, or total variation of labels.
        distance_before: the same in the reference run.

    Source: Storkey 2009 (when training and test sets are different).

    Example:
        >>> from stageprint.diagnosis.example import evidence_of, flag, table_profile
        >>> from stageprint.diagnosis.graph import table_node
        >>> from stageprint.model import TableKey
        >>> train, test, live = (TableKey(stage, "rows") for stage in ("train", "test", "live"))
        >>> rows = {name: [float((7 * i + k) % 100) for i in range(1000)] for k, name in enumerate("abc")}
        >>> half = {name: [x for x in values if x < 50] for name, values in rows.items()}
        >>> def run(test_rows):
        ...     sets = {train: rows, test: test_rows, live: rows}
        ...     return {key: table_profile(key, columns) for key, columns in sets.items()}
        >>> evidence = evidence_of(
        ...     {"1": run(rows), "2": run(half)}, dict.fromkeys(("train", "test", "live"), ()),
        ...     [flag(table_node(test), "rows")],
        ...     roles={"train": "training", "test": "evaluation", "live": "serving"},
        ... )
        >>> EvaluationPopulation().explain(evidence, table_node(test)).evidence["columns"]
        ['a', 'b', 'c']
    """

    name: ClassVar[str] = "evaluation_population"
    family: ClassVar[Family] = "evaluation"
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare the distances of the columns in this run with those in the reference run."""
        run = evidence.reference_run(origin)
        if evidence.graph.role(origin.stage) != "evaluation" or run is None:
            return None
        served = beside(evidence, origin.table_key, "serving")
        if served is None:
            return None
        training = beside(evidence, origin.table_key, "training")
        found = [_move(evidence, key, served, training, run) for key in evidence.graph.nodes(origin.table_key)]
        shared = [move for move in found if move is not None]
        moved = [move for move in shared if move.growth >= MIN_GROWTH and move.training < move.growth / 2]
        if (
            len(moved) < max(MIN_MOVED_COLUMNS, MIN_MOVED_SHARE * len(shared))
            or max(move.growth for move in moved) < MIN_LARGEST_GROWTH
        ):
            return None
        moved.sort(key=lambda move: -move.growth)
        first = moved[0]
        beyond = "" if training is None else f", while those of {training} have not"
        sentence = (
            f"{len(moved)} of {len(shared)} columns of {origin} have moved away from {served} since "
            f"{evidence.first_run(origin)} ({listing([move.name for move in moved])}; most of all {first.name}: "
            f"{first.now:.2f} apart on a scale from 0 to 1, before {first.then:.2f}){beyond}: the evaluation is on "
            f"another population"
        )
        figures = {
            "serving_table": str(served),
            "columns": [move.name for move in moved],
            "shared_columns": len(shared),
            "distance": round(first.now, 4),
            "distance_before": round(first.then, 4),
        }
        # Above a filter that drops rows of any kind, below a time range that was cut: that moves columns as well.
        return Fit(0.955, sentence, figures, brief="an evaluation set of another population")


def _move(evidence: Evidence, key: ColumnKey, served: TableKey, training: TableKey | None, run: str) -> _Move | None:
    live = namesake(evidence, key, served)
    trained = None if training is None else namesake(evidence, key, training)
    if live is None:
        return None
    now, then = (_apart(evidence, key, live, of) for of in (evidence.run_id, run))
    if now is None or then is None:
        return None
    learned = [None if trained is None else _apart(evidence, trained, live, of) for of in (evidence.run_id, run)]
    growth = 0.0 if learned[0] is None or learned[1] is None else learned[0][0] - learned[1][0]
    # Small sets are apart by chance alone: what two samples of one population show does not count.
    noise = max(0.0, now[1] - then[1])
    return _Move(key.column, max(0.0, now[0] - noise), then[0], growth)


def _apart(evidence: Evidence, one: ColumnKey, other: ColumnKey, run: str) -> tuple[float, float] | None:
    """Return the distance of two columns in a run, and what chance alone makes of it."""
    left, right = evidence.column(one, run), evidence.column(other, run)
    if left is None or right is None:
        return None
    mine, theirs = Facts.of(left), Facts.of(right)
    distance = apart(mine, theirs)
    if distance is None or not mine.values or not theirs.values:
        return None
    return distance, 1.63 * sqrt(1 / mine.values + 1 / theirs.values)
