"""Another version of the model answers than the one expected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.formulas import arcsine
from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import Example, Outcome, TableRule
from stageprint.shifts.base_wording import Share, Wording


class ModelVersion(TableRule):
    """Share of the rows whose model version is none of those expected; needs no earlier run.

    Formula: h(p) of that share.

    The expected versions are read when the table is profiled, see `expected_model_version` in the configuration.

    Example:
        All 100 rows are of version 6 where 7 was expected: h(1) = π.
    """

    name: ClassVar[str] = "model_version"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.MODEL_VERSION})
    wording: ClassVar[Wording] = Share("{} of the rows have a model version that is not expected")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 held"
    convention: ClassVar[str] = "of the rows with a version; texts compared as they are"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    min_effect: ClassVar[float] = 0.02
    critical_effect: ClassVar[float] = 0.3
    needs_past: ClassVar[bool] = False
    example: ClassVar[Example] = Example(
        {"rows": 100, "versions": {"7": 100}, "expected": ("7",)},
        {"rows": 100, "versions": {"6": 100}, "expected": ("7",)},
        3.141592653589793,
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:  # noqa: ARG002 -- needs none
        """Return how many rows are of another version."""
        if current.expected_error is not None:
            return NotComputable(f"the expected version is not known: {current.expected_error}")
        if not current.expected:
            return NotComputable("no version is expected")
        rows = sum(current.versions.values())
        if not rows:
            return NotComputable("no version is recorded in this run")
        others = {name: count for name, count in current.versions.items() if name not in current.expected}
        wrong = sum(others.values()) / rows
        detail = f"{wrong:.2%} of the rows are of {', '.join(others)}; expected {', '.join(current.expected)}"
        return Outcome(float(arcsine(wrong)), detail=detail if others else None)
