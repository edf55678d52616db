"""Change in the share of upstream keys that a table keeps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.table import HASHED_UNLIKE, TableFeatures, mean_bounded, share_change
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import Example, Outcome, TableShift
from stageprint.shifts.base_wording import Share, Wording


class Retention(TableShift):
    """Change in the share of the upstream table's keys, in the same run, that the table keeps.

    Formula: h(p_C) − h(p_R), p = |C ∩ U| / |U|.

    Keys come from theta sketches, which are exact up to 2^lgK keys. `row_ratio` is the same for rows and always exact.

    Example:
        A table that kept all of 100 keys and keeps 75 has moved by h(.75) − h(1) = −1.047.
    """

    name: ClassVar[str] = "retention"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.ROWS, Concern.KEYS, Concern.UPSTREAM})
    wording: ClassVar[Wording] = Share("{} of the upstream keys are kept")
    unit: ClassVar[str] = "arcsine of the share, 0–π"
    convention: ClassVar[str] = "signed; the key of most columns that both tables declare"
    source: ClassVar[str] = "Dasgupta, Lang, Rhodes & Thaler 2016 (theta sketches); Cohen 1988 for h"
    signed: ClassVar[bool] = True
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.06
    critical_effect: ClassVar[float] = 0.3
    default_scale: ClassVar[float] = 0.06
    pinned_limit: ClassVar[float | None] = 0.3
    example: ClassVar[Example] = Example(
        {"rows": 100, "keys": range(100), "upstream_keys": range(100)},
        {"rows": 75, "keys": range(75), "upstream_keys": range(100)},
        -1.0471975511965976,
    )

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return the change; its dead zone is what both sides' bounds leave open."""
        now, then = current.kept, mean_bounded(past, lambda run: run.kept)
        if current.kept_unlike or (then is None and any(run.kept_unlike for run in past)):
            return HASHED_UNLIKE
        if now is None or then is None:
            return NotComputable(
                f"no keys in common with an upstream table in {'this run' if now is None else 'the reference'}"
            )
        return Outcome(*share_change(now, then), 1 / current.upstream_rows, now=now.value, then=then.value)
