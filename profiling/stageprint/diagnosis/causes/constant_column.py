"""All values became equal."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.atoms import exact_number
from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.pair import pair
from stageprint.diagnosis.past_moves import change_completed
from stageprint.model import ColumnKey
from stageprint.model.figures import number, single

MIN_VALUES = 20
"""Minimum number of values whose equality is no accident."""


class ConstantColumn(Cause):
    """A column that varied now holds a single value.

    Every row that has a value has the same one: a default took over, a lookup returns one answer, or a feature was
    switched off. The model no longer gets any information from the column.

    Signature: the smallest and the largest value (or all labels) are equal over at least 20 values, and were not
    before.

    Told apart from: `default_value` and `clipping`: other values remain; `null_spike`: no value is left at all.

    Check:
        - See whether the value is the default in the code or in the table definition.
        - Query the column in the upstream stage: where it still varies, the fault lies between the two.
        - Check whether only one partition, region or file arrived.

    Fix: Repair the lookup or the assignment and load the run again. Hold back this run's predictions where the feature
    matters to the model.

    Evidence:
        value: the only value, as text.
        exact_value: the value as stored, not rounded: a label, a number, or days or microseconds since 1970.
        share_before: share of the rows that held it before, 0–1.
        distinct_values_before: number of distinct values before; an estimate in large columns.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> evidence, column = two_runs([1.0, 2.0, 3.0] * 100, [7.0] * 300)
        >>> ConstantColumn().explain(evidence, column).evidence["value"]
        '7'
    """

    name: ClassVar[str] = "constant_column"
    family: ClassVar[Family] = "data"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare whether the column varies."""
        both = pair(evidence, origin)
        if both is None or not both.now.constant or both.now.values < MIN_VALUES:
            return None
        if both.then.constant or both.then.values <= 0 or change_completed(evidence, origin) is not None:
            return None
        label = next(iter(both.now.labels), "")
        value = single(both.now.low, both.now.kind) if both.now.cdf is not None else repr(label)
        before = f"about {number(round(both.then.distinct))} distinct values" if both.then.distinct > 1 else "varying"
        sentence = (
            f"{origin} is {value} in every row that has a value since {evidence.first_run(origin)} "
            f"(before {before}): the column no longer varies"
        )
        return Fit(
            0.97,
            sentence,
            {
                "value": value,
                "exact_value": label if both.now.cdf is None else exact_number(both.now.low),
                "share_before": round(_share(both.then, both.now.low, label), 6),
                "distinct_values_before": both.then.distinct,
            },
            # A column that is nearly constant has runs of one value now and then: the rule knows how often.
            deterministic=both.source is not None or evidence.flagged_by(origin, "constant") is not None,
            brief="a constant",
        )


def _share(facts: Facts, value: float, label: str) -> float:
    share = facts.labels.get(label, 0.0) if facts.cdf is None else facts.mass(value)
    return share * (1 - facts.missing_share)
