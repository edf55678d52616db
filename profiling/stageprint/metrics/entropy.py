"""Entropy of the values."""

from __future__ import annotations

import math
from collections import Counter
from typing import ClassVar

from stageprint.metrics._label import LabelMetric, frequencies_of
from stageprint.metrics.base import Value
from stageprint.model import ColumnProfile, NotComputable
from stageprint.states.value_counts import ValueCountsState


class EntropyMetric(LabelMetric):
    """Shannon's entropy −Σ p·ln p of the values' shares p; computed only where every distinct value is counted."""

    name: ClassVar[str] = "entropy"
    unit: ClassVar[str] = "nats"
    sql_type: ClassVar[str] = "double"
    source: ClassVar[str] = "Shannon 1948, natural logarithm, exact counts"
    null_means: ClassVar[str] = (
        "not defined for the column's type, no non-null values, or more distinct values than are counted"
    )
    exact: ClassVar[bool] = True

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the entropy."""
        values = column.state(ValueCountsState)
        # Frequencies of numbers are available without making their values texts.
        labels = frequencies_of(column, None if values is None else 1)
        if isinstance(labels, NotComputable):
            return labels
        if not labels.complete:
            return NotComputable("more distinct texts than are counted")
        counts = [item.estimate for item in labels.items] if values is None else values.frequencies()
        # Many values have the same count: the logarithm of each share is taken once.
        shares = ((count / labels.rows, number) for count, number in Counter(counts).items())
        return math.fsum(-number * share * math.log(share) for share, number in shares)
