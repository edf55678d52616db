"""Rows of the reference whose label is gone."""

from __future__ import annotations

from math import exp, log
from typing import ClassVar, Final

import numpy as np

from stageprint.features.column import ColumnFeatures, Reference
from stageprint.features.labels import AlignedLabels
from stageprint.features.pairs import Pairs
from stageprint.model import ColumnKind, Concern
from stageprint.shifts._predictive import variance_giving
from stageprint.shifts.base import CalibrationGroup, Example, Measured
from stageprint.shifts.base_wording import Share, Wording
from stageprint.shifts.labels._missing_labels import MissingLabels

MIN_RUNS_TO_COUNT: Final = 3
"""Runs of a reference from which on its counts of a label say how often none is due."""


class LostShare(MissingLabels):
    """Share of the reference's rows whose label is missing from the current run.

    Formula: h of that share.

    A label that comes in numbers, such as rain in the hours of a week, stays away now and then. How often follows from
    the counts of the reference's runs (negative binomial with their mean and variance), and is the floor of the scale.
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

    def compute(self, pairs: Pairs) -> Measured:
        """Return the share; the floor of its variance is what the lost labels' earlier counts leave to chance."""
        measured = super().compute(pairs)
        measured.floor = np.array(measured.floor, dtype=np.float64)
        for position in np.flatnonzero(measured.value > 0).tolist():
            due = _chance_of_none(pairs.current[position], pairs.reference[position], pairs.longest[position])
            if due > 0:
                by_counts = variance_giving(measured.value[position], due, self.max_df)
                measured.floor[position] = max(measured.floor[position], by_counts)
        return measured


def _chance_of_none(current: ColumnFeatures, reference: Reference, longest: Reference) -> float:
    """Return the probability that a run has none of the labels that the reference lost; 0: the runs are too few to say.

    Args:
        current: The run under test.
        reference: What it is compared with.
        longest: The reference with the most runs, whose counts of the labels say how they vary.
    """
    now, then, runs = current.labels, reference.labels, [run.labels for run in longest.runs if run.labels is not None]
    if now is None or then is None or len(runs) < MIN_RUNS_TO_COUNT:
        return 0.0
    if not (now.exact and all(labels.exact for labels in runs)):
        return 0.0
    lost = then.index.keys() - now.index.keys()
    counts = current.present * np.array(
        [sum(labels.estimate[at] for label, at in labels.index.items() if label in lost) for labels in runs]
    )
    mean, variance = float(counts.mean()), float(counts.var(ddof=1))
    if mean <= 0:
        return 0.0
    if variance <= mean:
        return exp(-mean)
    shape = mean**2 / (variance - mean)
    return exp(-shape * log(1 + mean / shape))
