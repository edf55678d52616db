"""Rows with a label that the reference never had."""

from __future__ import annotations

from typing import ClassVar

from stageprint.features.labels import AlignedLabels
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import CalibrationGroup, Example
from stageprint.shifts.base_wording import Share, Wording
from stageprint.shifts.labels._missing_labels import MissingLabels


class UnseenShare(MissingLabels):
    """Share of the current rows whose label is in no run of the reference.

    Formula: h of that share.
    """

    name: ClassVar[str] = "unseen_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.LABELS, Concern.FOREIGN_VALUES})
    wording: ClassVar[Wording] = Share("{} of the values carry a label that the reference never had")
    convention: ClassVar[str] = "share of non-null values, arcsine scale; rare labels are not pooled"
    calibration_group: ClassVar[CalibrationGroup] = CalibrationGroup.LABELS
    example: ClassVar[Example] = Example(
        ["a", "a", "b", "b"], ["a", "a", "b", "x"], 1.0471975511965976, ColumnKind.STRING
    )

    def missing(self, pair: AlignedLabels) -> tuple[float, float, tuple[str, ...]]:
        """Return the unseen labels' share."""
        return (*pair.unseen, pair.unseen_labels)
