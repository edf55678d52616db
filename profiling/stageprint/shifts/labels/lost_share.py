"""Rows of the reference whose label is gone."""

from __future__ import annotations

from typing import ClassVar

from stageprint.features.labels import AlignedLabels
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import CalibrationGroup, Example
from stageprint.shifts.base_wording import Share, Wording
from stageprint.shifts.labels._missing_labels import MissingLabels


class LostShare(MissingLabels):
    """Share of the reference's rows whose label is missing from the current run.

    Formula: h of that share.
    """

    name: ClassVar[str] = "lost_share"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.LABELS})
    wording: ClassVar[Wording] = Share("{} of the reference's values carry a label that is gone")
    convention: ClassVar[str] = "share of the reference's non-null values, arcsine scale; rare labels are not pooled"
    calibration_group: ClassVar[CalibrationGroup] = CalibrationGroup.LABELS
    example: ClassVar[Example] = Example(
        ["a", "a", "b", "x"], ["a", "a", "b", "b"], 1.0471975511965976, ColumnKind.STRING
    )

    def missing(self, pair: AlignedLabels) -> tuple[float, float, tuple[str, ...]]:
        """Return the lost labels' share."""
        return (*pair.lost, pair.lost_labels)
