"""Serving aggregates a feature in another way than training does."""

from __future__ import annotations

from math import sqrt
from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import pair
from stageprint.diagnosis.roles import apart, beside, namesake
from stageprint.model import ColumnKey
from stageprint.model.figures import number

MIN_GROWTH = 0.1
"""Minimum growth of the distance (0–1) from training's feature; twice what chance makes of it, where that is more."""


class SkewAggregation(Cause):
    """Serving computes a feature differently from training.

    Two codebases compute the same feature, and they no longer agree: another window, other rows, another aggregate. In
    production the model gets inputs that it never saw in training.

    Signature: in a serving stage, a number that is computed there (no column of its name upstream) moved, with about as
    many nulls as before. Its distance from the same column of the training set grew by at least 0.1 and by twice what
    chance makes, and the training set's column is not flagged.

    Told apart from: `unit_change`, `offset`, `null_to_sentinel` and `category_reencoded`: they say more where they fit;
    a change of the population: it moves the training set as well.

    Check:
        - Compute the feature for the same entities and the same moment with both codebases and compare row by row
          (`stageprint skew`).
        - In both definitions, compare the window, the time zone of its edge, the filters and the treatment of nulls.
        - Check what was deployed to serving since the first bad run.

    Fix: Use one definition of the feature for training and serving, from a shared library or a feature store. Until
    then, roll serving back to the version that agreed.

    Evidence:
        training_column: the training set's column of the same name.
        mean: mean in serving now.
        mean_before: mean in serving before.
        training_mean: mean in training now.
        distance: Kolmogorov–Smirnov distance from training now, 0–1.
        distance_before: the same before.

    Source: Sculley et al. 2015 (hidden technical debt in machine learning systems).

    Example:
        >>> from stageprint.diagnosis.example import evidence_of, flag, table_profile
        >>> from stageprint.model import ColumnKey, TableKey
        >>> raw, train, live = TableKey("raw", "t"), TableKey("train", "t"), TableKey("live", "t")
        >>> mean = [float((7 * i) % 61 - 30) for i in range(2000)]
        >>> clipped = [max(0.0, x) + x * x / 99 for x in mean]
        >>> def run(served):
        ...     sets = {raw: {"y": mean}, train: {"x": mean}, live: {"x": served}}
        ...     return {key: table_profile(key, columns) for key, columns in sets.items()}
        >>> column = ColumnKey("live", "t", "x")
        >>> evidence = evidence_of(
        ...     {"1": run(mean), "2": run(clipped)}, {"raw": (), "train": ("raw",), "live": ("raw",)}, [flag(column)],
        ...     roles={"train": "training", "live": "serving"},
        ... )
        >>> SkewAggregation().explain(evidence, column).evidence["training_column"]
        'train.t.x'
    """

    name: ClassVar[str] = "skew_aggregation"
    family: ClassVar[Family] = "skew"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare the moves of both columns, and their distance."""
        if evidence.graph.role(origin.stage) != "serving" or not _computed(evidence, origin):
            return None
        training = beside(evidence, origin.table_key, "training")
        trained = None if training is None else namesake(evidence, origin, training)
        both = pair(evidence, origin)
        theirs = None if trained is None else pair(evidence, trained)
        if both is None or theirs is None or trained is None or both.cdfs is None or theirs.cdfs is None:
            return None
        if not both.now.numeric or both.now.constant or both.missing_change >= both.missing_step:
            return None
        now, then = apart(both.now, theirs.now), apart(both.then, theirs.then)
        if now is None or then is None or trained in evidence.flagged:
            return None
        chance = 1.63 * sqrt(1 / max(both.now.values, 1) + 1 / max(theirs.now.values, 1))
        if now - then < max(MIN_GROWTH, 2 * chance):
            return None
        means = [number(facts.mean) for facts in (both.now, theirs.now, both.then, theirs.then)]
        sentence = (
            f"{origin} no longer agrees with {trained} since {evidence.first_run(origin)} (mean {means[0]} "
            f"here and {means[1]} there, before {means[2]} and {means[3]}; {now:.2f} apart on a scale from 0 to 1, "
            f"before {then:.2f}): serving computes the feature differently from training, over other rows or another "
            f"window"
        )
        figures = {
            "training_column": str(trained),
            "mean": both.now.mean,
            "mean_before": both.then.mean,
            "training_mean": theirs.now.mean,
            "distance": round(now, 4),
            "distance_before": round(then, 4),
        }
        return Fit(0.8, sentence, figures, brief="a feature that serving computes differently")


def _computed(evidence: Evidence, origin: ColumnKey) -> bool:
    """Return whether a column comes from no column of its own name."""
    parents = evidence.graph.column_parents(origin)
    return all(parent.column.casefold() != origin.column.casefold() for parent in parents)
