"""A feature was not updated while the rest of its table was."""

from __future__ import annotations

from math import isfinite
from typing import ClassVar

from profiling.diagnosis.base import Cause, Family, Fit
from profiling.diagnosis.causes.stale_table import NEARLY_ALL
from profiling.diagnosis.evidence import Evidence
from profiling.diagnosis.pair import pair
from profiling.diagnosis.repeats import is_frozen, repeats
from profiling.diagnosis.text import moment
from profiling.model import ColumnKey


class StaleColumn(Cause):
    """A column repeats the run before while its siblings moved on.

    Signature: its rows, nulls, extremes and moments equal the previous run's, although they changed in at least 90 %
    of at least five earlier transitions, and more than a quarter of the table's columns that change did change.

    Source: STATISTICS §3.

    Told apart from: `stale_table`, where the whole table repeats; `constant_column`, which holds one value only.

    Example:
        >>> from profiling.diagnosis.example import many_runs
        >>> def day(n, stale=None):
        ...     values = [float(n * 7 + i % 50) for i in range(500)]
        ...     return {"x": values, "y": [2 * x for x in values] if stale is None else stale}
        >>> days = [day(n) for n in range(7)]
        >>> evidence, key = many_runs([*days, day(7, stale=days[-1]["y"])], at="y")
        >>> StaleColumn().explain(evidence, key).evidence["repeats"]
        'run-7'
    """

    name: ClassVar[str] = "stale_column"
    family: ClassVar[Family] = "boundary"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """See whether the column is frozen and its siblings are not."""
        both = pair(evidence, origin)
        if both is None or evidence.previous is None or not is_frozen(evidence, origin):
            return None
        found = repeats(evidence, origin.table_key)
        if len(found.frozen) >= NEARLY_ALL * (len(found.frozen) + len(found.changed)):
            return None
        known = isfinite(both.now.mean)
        told = f" (mean {moment(both.now.mean, both.now.kind)})" if known else ""
        sentence = (
            f"{origin} equals {evidence.previous} to the last digit since {evidence.first_run(origin)}{told}, "
            f"while {len(found.changed)} other columns of its table moved on: the feature was not updated"
        )
        figures = {
            "repeats": evidence.previous,
            "mean": both.now.mean if known else None,
            "changed_columns": len(found.changed),
        }
        also = tuple(key for key in found.frozen if key != origin)
        return Fit(0.97, sentence, figures, also=also, deterministic=True, brief="a feature that was not updated")
