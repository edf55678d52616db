"""Rows that the reader cannot parse."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.concerns import is_flagged_for
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.volume import tables
from stageprint.model import ColumnKey, Concern
from stageprint.model.figures import count, percent


class MalformedRows(Cause):
    """Rows of a file cannot be parsed.

    The writer, the separator, the quoting or the types changed, or a file was cut off. Spark reads on without an error:
    it turns what it cannot parse into null and drops fields beyond the last column; with `mode: DROPMALFORMED` it drops
    the whole row.

    Signature: a CSV or JSON table has malformed rows (`table_profiles.malformed_rows`) and had none in at least three
    earlier runs.

    Told apart from: `null_spike`: the rows were parsed; `type_change`: the
    values are whole, written in another format or type.

    Check:
        - Read the table again with `mode: FAILFAST`: the error shows the first row that cannot be parsed.
        - Count the fields of each row, and look for separators, quotes or line breaks inside values.
        - Compare the file's first and last rows with those of the previous run, and its size with what was sent.

    Fix: Repair the writer, or set its separator, quote and escape characters in the source's `options`, and profile the
    run again. Declare `not_null` checks for columns that must have a value.

    Evidence:
        malformed_rows: rows that could not be parsed, in this run.
        rows: rows of the table in this run.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_tables
        >>> rows = {"x": [float(i) for i in range(100)]}
        >>> evidence, key = two_tables(rows, rows, malformed_rows=(0, 25))
        >>> MalformedRows().explain(evidence, key).evidence["malformed_rows"]
        25
    """

    name: ClassVar[str] = "malformed_rows"
    family: ClassVar[Family] = "data"
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Take what the profile counted."""
        both = tables(evidence, origin.table_key)
        malformed = None if both is None else both[1].facts.get("malformed_rows")
        if both is None or not malformed or not is_flagged_for(evidence, origin, Concern.FORMAT):
            return None
        rows = both[1].rows
        share = percent(min(1.0, malformed / rows)) if rows else "all"
        sentence = (
            f"{origin} has {count(malformed)} malformed rows since {evidence.first_run(origin)}, which the reader "
            f"could not parse ({share} of its {count(rows)} rows), before none: what could not be parsed is null, or "
            "left out"
        )
        figures = {"malformed_rows": malformed, "rows": rows}
        return Fit(0.97, sentence, figures, deterministic=True, brief="rows that cannot be parsed")
