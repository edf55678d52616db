"""The scores of a model gathered in a narrow range."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import pair
from stageprint.model import ColumnKey
from stageprint.model.figures import number

NARROWER = -0.7
"""Logarithm of the standard deviation's ratio from which on scores have gathered: half as wide."""

PILE = 0.2
"""Share of the scores at one single point from which on it is a value that stands in, not a narrow range."""


class ScoreCollapsed(Cause):
    """The model tells rows apart much less than it did: a feature went missing, or a fallback answers.

    Signature: the column is a table's declared score; its standard deviation fell to less than half, beyond what is
    usual, while the scores stay within the earlier range, many different ones, and none stands for many rows.

    Source: this project.

    Told apart from: `constant_column` and `default_value`, where the scores are all or partly one value; `clipping`,
    where one end is cut; `unit_change`, where the mean shrinks with the spread.

    Example:
        >>> from stageprint.diagnosis.example import evidence_of, flag, table_profile
        >>> from stageprint.model import ColumnKey, TableKey
        >>> key, score = TableKey("out", "t"), ColumnKey("out", "t", "score")
        >>> runs = {str(run): {key: table_profile(key, {"score": [0.5 + width * (i % 97 - 48) for i in range(970)]})}
        ...     for run, width in ((1, 0.01), (2, 0.001))}
        >>> evidence = evidence_of(runs, {"out": ()}, [flag(score, "spread")], answers={score: "score"})
        >>> round(ScoreCollapsed().explain(evidence, score).evidence["sd"], 3)
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
        if not both.log_spread < min(NARROWER, -both.spread_tolerance) or not inside:
            return None
        if float(both.now.cdf.masses.max()) >= PILE:
            return None
        sentence = (
            f"the scores {origin} lie between {number(both.now.low)} and {number(both.now.high)} since "
            f"{evidence.first_run(origin)} (standard deviation {number(both.now.sd)}, before {number(both.then.sd)}): "
            f"the model hardly tells rows apart any more"
        )
        figures = {"sd": both.now.sd, "sd_before": both.then.sd, "mean": both.now.mean, "mean_before": both.then.mean}
        # A factor that fits as well must be a known one to be the better name.
        return Fit(0.9, sentence, figures, brief="scores that have collapsed")
