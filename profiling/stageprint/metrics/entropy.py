"""Entropy of the values."""

from __future__ import annotations

import math
from collections import Counter
from typing import ClassVar

from stageprint.metrics._label import LabelMetric, labels_of
from stageprint.metrics.base import Value
from stageprint.model import ColumnProfile, NotComputable
from stageprint.states.value_counts import ValueCountsState


class Entropy(LabelMetric):
    """Shannon's entropy −Σ p·ln p over all values, where every one of them is counted."""

    name: ClassVar[str] = "entropy"
    unit: ClassVar[str] = "nats"
    sql_type: ClassVar[str] = "double"
    source: ClassVar[str] = "Shannon 1948, natural logarithm, exact counts"
    null_means: ClassVar[str] = (
        "not defined for the column's type, no non-null values, or too many distinct ones to count all"
    )
    exact: ClassVar[bool] = True

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the entropy."""
        values = column.state(ValueCountsState)
        # Numbers need not become text to be counted.
        labels = labels_of(column, None if values is None else 1)
        if isinstance(labels, NotComputable):
            return labels
        if not labels.complete:
            return NotComputable("more distinct texts than are counted")
        counts = [item.estimate for item in labels.items] if values is None else values.frequencies()
        # Many values occur equally often: each frequency's logarithm is taken once.
        shares = ((count / labels.rows, number) for count, number in Counter(counts).items())
        return math.fsum(-number * share * math.log(share) for share, number in shares)
