"""Values became infinite: a division by 0, a logarithm of 0, an overflow."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.pair import pair
from stageprint.model import ColumnKey
from stageprint.model.figures import percent
from stageprint.model.spark_sql import INFINITIES
from stageprint.shifts.distributions.infinite_share import InfiniteShare
from stageprint.shifts.distributions.never_infinite import NeverInfinite


class InfiniteValues(Cause):
    """Values became infinite, for the first time or far more often than usual.

    A division by 0, the logarithm of 0 or an overflow yields +∞ or −∞ without an error. One such value makes every
    mean, sum and gradient over the column infinite or NaN, and no check for missing values sees it.

    Signature: the column holds infinite values and no earlier run held any, or their share rose beyond its usual
    variation. They are counted exactly.

    Told apart from: `default_value`: the value is finite; `null_spike`: the values are null or NaN.

    Check:
        - Look at the rows with the value: which other column is 0, or close to it, in them?
        - Read the expression that computes the column for a division, a logarithm or a power.
        - Query the columns that it is computed from in the upstream stage, and see since when they hold zeros.

    Fix: Guard the expression (`nullif(x, 0)` in the denominator, `log1p`), or let it yield null and count the nulls.
    Load the affected runs again, and retrain what learned from them.

    Evidence:
        value: the values, as SQL writes them.
        exact_value: the value, if all infinite values have the same sign.
        share: share of all rows that are infinite now, 0–1.
        share_error: 0, since they are counted.
        share_before: the share before.

    Source: IEEE 754-2019, section 7.3 (division by zero) and 7.4 (overflow).

    Example:
        >>> from stageprint.diagnosis.example import many_runs
        >>> usual = [float(i % 200) for i in range(400)]
        >>> runs = [{"x": usual}] * 4 + [{"x": [float("inf")] * 20 + usual[20:]}]
        >>> evidence, column = many_runs(runs, at="x", statistic="never_infinite")
        >>> InfiniteValues().explain(evidence, column).evidence["value"]
        'Infinity'
    """

    name: ClassVar[str] = "infinite_values"
    family: ClassVar[Family] = "data"
    of_values: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare the counts of infinite values."""
        if not any(evidence.flagged_by(origin, rule.name) for rule in (NeverInfinite, InfiniteShare)):
            return None
        both = pair(evidence, origin)
        if both is None:
            return None
        now, then = _share(both.now), _share(both.then)
        if now <= then:
            return None
        names = [name for name, rows in zip(INFINITIES, both.now.infinities, strict=True) if rows]
        value = " or ".join(names)
        before = f"before {percent(then)}" if then else "never before"
        sentence = (
            f"{origin} is {value} in {percent(now)} of rows since {evidence.first_run(origin)} ({before}): "
            "a division by 0, a logarithm of 0 or an overflow yields such values"
        )
        figures = {
            "value": value,
            "share": round(now, 6),
            "share_error": 0.0,
            "share_before": round(then, 6),
            **({"exact_value": names[0]} if len(names) == 1 else {}),
        }
        return Fit(0.96, sentence, figures, brief=f"{percent(now)} of the values infinite")


def _share(facts: Facts) -> float:
    return sum(facts.infinities) / facts.rows if facts.rows else 0.0
