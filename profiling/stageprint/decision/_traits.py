"""The traits that registered statistics state about themselves, as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stageprint.decision._layout import Layout
from stageprint.shifts import CalibrationGroup, Shift, all_shifts
from stageprint.shifts.base_wording import Part, Share

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

CONFIRMATION_BUDGET: Mapping[CalibrationGroup, float] = {
    CalibrationGroup.ANY: 1.5,
    CalibrationGroup.EXCHANGE: 0.5,
    CalibrationGroup.LABELS: 0.2,
}
"""Share of the alert budget that may be spent on alerts by two runs, where p comes from past scores.

Two runs distinguish a fault from chance better than one does, so they get most of it; a fault that both find is found
once. Which labels there are, and that two changed places, is mostly clear after one run."""


@dataclass(frozen=True)
class Traits:
    """The traits of each statistic, by its number in the layout. See `Shift` for their meaning.

    Attributes:
        capped_by: Numbers of the statistics that cap the score, in order of preference; −1 where there are fewer.
        calibration_group: Number of the calibration group.
        group_names: Name of each calibration group.
        largest_value: Largest value that the statistic can have: π of shares on the arcsine scale, 1 of plain shares.
        confirmation_budget: Share of the alert budget for alerts by two runs.
    """

    used_in_decision: Flags
    deterministic: Flags
    review_only: Flags
    signed: Flags
    needs_no_history: Flags
    scaled_by_its_past: Flags
    persistence: Floats
    negligible_effect: Floats
    min_effect: Floats
    critical_effect: Floats
    extreme_effect: Floats
    max_df: Floats
    prior_weight: Floats
    min_scale: Floats
    capped_by: NDArray[np.int64]
    calibration_group: NDArray[np.int64]
    group_names: Sequence[str]
    confirmation_budget: Floats
    default_scale: Floats
    pinned_limit: Floats
    largest_value: Floats

    @classmethod
    def of(cls, layout: Layout) -> Traits:
        """Take the traits from the registry; a statistic that is not registered takes no part in the decision."""
        known = all_shifts()
        names = layout.names["statistic"].texts.to_pylist()
        shifts = [known.get(name) for name in names]
        places = {name: place for place, name in enumerate(names)}
        named = [() if shift is None else shift.capped_by for shift in shifts]
        capped_by = np.full((len(names), max(map(len, named), default=0)), -1, dtype=np.int64)
        for place, found in enumerate(named):
            capped_by[place, : len(found)] = [places.get(name, -1) for name in found]

        groups = [(Shift if shift is None else shift).calibration_group for shift in shifts]
        group_names, calibration_group = np.unique([group.value for group in groups], return_inverse=True)

        def flags(name: str) -> Flags:
            return np.array([shift is not None and getattr(shift, name) for shift in shifts], dtype=bool)

        def figures(name: str) -> Floats:
            found = [np.inf if shift is None else getattr(shift, name) for shift in shifts]
            return np.array([np.inf if figure is None else figure for figure in found], dtype=np.float64)

        return cls(
            used_in_decision=flags("used_in_decision") & ~flags("deterministic"),
            deterministic=flags("deterministic"),
            review_only=flags("review_only"),
            signed=flags("signed"),
            needs_no_history=flags("needs_no_history"),
            scaled_by_its_past=flags("scaled_by_its_past"),
            persistence=figures("persistence"),
            negligible_effect=figures("negligible_effect"),
            min_effect=figures("min_effect"),
            critical_effect=figures("critical_effect"),
            extreme_effect=figures("extreme_effect"),
            max_df=figures("max_df"),
            prior_weight=np.nan_to_num(figures("prior_weight"), posinf=1.0),
            min_scale=np.nan_to_num(figures("min_scale"), posinf=0.0),
            capped_by=capped_by,
            calibration_group=calibration_group,
            group_names=group_names.tolist(),
            confirmation_budget=np.array([CONFIRMATION_BUDGET[name] for name in groups]),
            default_scale=figures("default_scale"),
            pinned_limit=figures("pinned_limit"),
            largest_value=np.array([_largest_value(shift) for shift in shifts]),
        )


def _largest_value(shift: Shift | None) -> float:
    if shift is None or shift.deterministic:
        return np.inf
    return np.pi if isinstance(shift.wording, Share) else 1.0 if isinstance(shift.wording, Part) else np.inf
