"""A column without values has got some."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import pair_of_runs
from stageprint.model import ColumnKey
from stageprint.model.figures import percent


class ColumnFilled(Cause):
    """A column that had no value in any row now has values.

    A reserved field is in use, or a source that had failed delivers again. In files without a schema, a column without
    values can have any type, so its type may differ now: that is not a type change. The finding is reported once.

    Signature: no row had a value in the reference run, and some rows have one now.

    Told apart from: `null_spike`: the opposite; `null_to_sentinel`: the values are a single stand-in, in a column that
    had other values.

    Check:
        - Ask the owner of the source whether the column is meant to be used.
        - Check what reads the column: code written for nulls alone meets values for the first time.

    Fix: If the values are intended, there is nothing to do. Otherwise stop the source from filling the column.

    Evidence:
        null_share: share of rows without a value now, 0–1.
        null_share_before: the same before.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> import pyarrow as pa
        >>> evidence, column = two_runs(pa.nulls(300, pa.float64()), [1.0, 2.0, None] * 100)
        >>> round(ColumnFilled().explain(evidence, column).evidence["null_share"], 2)
        0.33
    """

    name: ClassVar[str] = "column_filled"
    family: ClassVar[Family] = "data"
    of_values: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare the rows with a value."""
        both = pair_of_runs(evidence, origin)
        if both is None or not both.then.rows or both.then.values > 0 or both.now.values <= 0:
            return None
        share = both.now.missing_share
        sentence = (
            f"{origin} has values in {percent(1 - share)} of rows since {evidence.first_run(origin)} "
            "(before in none): the column is filled"
        )
        figures = {"null_share": round(share, 6), "null_share_before": round(both.then.missing_share, 6)}
        return Fit(0.97, sentence, figures, brief="values where there were none", event=True)
