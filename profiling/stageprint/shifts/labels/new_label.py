"""Rows with the one label, of those the reference never had, that has most of them."""

from __future__ import annotations

from typing import ClassVar

from stageprint.features.column import Reference
from stageprint.features.labels import AlignedLabels
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import CalibrationGroup, Example
from stageprint.shifts.base_wording import Share, Wording
from stageprint.shifts.labels._missing_labels import MissingLabels


class NewLabel(MissingLabels):
    """Share of rows with one label that is in no run of the reference, beyond the usual such share.

    Formula: h of the largest such share, less the usual one; not below 0.

    Where new labels come up every day (cities, products, free text), each of them is rare. One that takes many rows at
    once is a default, another spelling or a new code, however many others are new. The usual share is what the newest
    run of the reference brought beyond the others; a reference of one run has none.
    """

    name: ClassVar[str] = "new_label"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.LABELS})
    wording: ClassVar[Wording] = Share("{} of the values carry one label that the reference never had")
    convention: ClassVar[str] = "share of non-null values, arcsine scale; one label; not below 0"
    calibration_group: ClassVar[CalibrationGroup] = CalibrationGroup.LABELS
    example: ClassVar[Example] = Example(
        ["a", "a", "a", "b"], ["a", "x", "y", "y"], 1.5707963267948966, ColumnKind.STRING
    )

    def missing(self, pair: AlignedLabels) -> tuple[float, float, tuple[str, ...]]:
        """Return the largest unseen label's share."""
        return (*pair.largest_unseen, pair.unseen_labels[:1])

    def usual(self, reference: Reference) -> float:
        """Return the same of the reference's newest run beside its others."""
        return reference.largest_new
