"""The scores of a model collapsed into a narrow range."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import pair
from stageprint.model import ColumnKey
from stageprint.model.figures import number

MAX_LOG_SPREAD = -0.7
"""Maximum logarithm of the standard deviation's ratio at which scores have gathered: half as wide."""

MIN_PILE_SHARE = 0.2
"""Share of the scores at one single point from which on it is a value that stands in, not a narrow range."""


class ScoreCollapsed(Cause):
    """The scores of a model collapsed into a narrow range.

    The model tells rows apart much less than before: an important feature went missing and was imputed, or a fallback
    model answers. Every threshold on the score stops working.

    Signature: the column is declared as the table's score. Its standard deviation fell to less than half, beyond what
    is usual, while the scores stay within the earlier range and no single score holds 20 % of the rows.

    Told apart from: `constant_column` and `default_value`: all or some of the scores are one value; `clipping`: one end
    is cut; `unit_change`: the mean shrinks with the spread.

    Check:
        - Look for other findings in the features of the same run: nulls, defaults, constant columns.
        - Check which model version answers, and whether it fell back to a default model.
        - Score some rows of the previous run with the current model and compare.

    Fix: Repair the feature or the model's deployment, then score the affected rows again. Until then, hold decisions
    that use a threshold.

    Evidence:
        standard_deviation: standard deviation of the scores now.
        standard_deviation_before: standard deviation before.
        mean: mean score now.
        mean_before: mean score before.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import evidence_of, flag, table_profile
        >>> from stageprint.model import ColumnKey, TableKey
        >>> key, score = TableKey("out", "t"), ColumnKey("out", "t", "score")
        >>> runs = {str(run): {key: table_profile(key, {"score": [0.5 + width * (i % 97 - 48) for i in range(970)]})}
        ...     for run, width in ((1, 0.01), (2, 0.001))}
        >>> evidence = evidence_of(runs, {"out": ()}, [flag(score, "spread")], answers={score: "score"})
        >>> round(ScoreCollapsed().explain(evidence, score).evidence["standard_deviation"], 3)
        0.028
    """

    name: ClassVar[str] = "score_collapsed"
    family: ClassVar[Family] = "boundary"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare the spreads."""
        both = pair(evidence, origin) if evidence.graph.answer(origin) == "score" else None
        if both is None or both.now.cdf is None or not both.measurable:
            return None
        inside = both.then.low <= both.now.low and both.now.high <= both.then.high
        if not both.log_spread < min(MAX_LOG_SPREAD, -both.spread_tolerance) or not inside:
            return None
        if float(both.now.cdf.masses.max()) >= MIN_PILE_SHARE:
            return None
        sentence = (
            f"The scores {origin} lie between {number(both.now.low)} and {number(both.now.high)} since "
            f"{evidence.first_run(origin)} (standard deviation {number(both.now.sd)}, before {number(both.then.sd)}): "
            f"the model hardly tells rows apart any more"
        )
        figures = {
            "standard_deviation": both.now.sd,
            "standard_deviation_before": both.then.sd,
            "mean": both.now.mean,
            "mean_before": both.then.mean,
        }
        # A factor that fits as well must be a known one to be the better name.
        return Fit(0.9, sentence, figures, brief="scores that have collapsed")
