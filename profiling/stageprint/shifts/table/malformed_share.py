"""A table whose rows could all be parsed has rows that cannot."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import ClassVar

from stageprint.features.formulas import arcsine
from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import MIN_INVARIANT_RUNS, Example, Outcome, TableRule
from stageprint.shifts.base_wording import Share, Wording


class MalformedShare(TableRule):
    """Share of rows that the reader could not parse, if at least 3 earlier runs all had no such row.

    Formula: h(p) of that share.

    A writer that never wrote such a row does not begin to by chance: the rule needs no history of how far the share
    moves. One bad row among many is told by a note, and breaks nothing: the rule begins at 0.25 % of the rows.

    Example:
        No malformed row in 100 in every run, and now 25 in 100: h(.25) = 1.047.
    """

    name: ClassVar[str] = "malformed_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FORMAT})
    wording: ClassVar[Wording] = Share("{} of the rows are malformed, where no earlier run had any such")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "malformed rows ÷ rows of the profile, at most 1; CSV and JSON only"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    min_effect: ClassVar[float] = 0.1
    critical_effect: ClassVar[float] = 0.45
    example: ClassVar[Example] = Example(
        {"rows": 100, "malformed": 0}, {"rows": 100, "malformed": 25}, 1.0471975511965976
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return the share of rows that are malformed."""
        if len(past) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs, has {len(past)}")
        if isnan(current.malformed):
            return NotComputable("malformed rows were not counted in this run")
        if any(isnan(run.malformed) for run in past):
            return NotComputable("malformed rows were not counted in an earlier run")
        if any(run.malformed > 0 for run in past):
            return NotComputable("an earlier run had malformed rows")
        share = min(1.0, current.malformed / current.rows) if current.rows > 0 else float(current.malformed > 0)
        return Outcome(float(arcsine(share)), now=share, then=0.0)
