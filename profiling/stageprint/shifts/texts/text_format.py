"""Texts that parse as numbers, dates, … no longer do, or others begin to."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np

from stageprint.features.formulas import arcsine
from stageprint.features.pairs import Pairs
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Share, Wording

FORMATS: Final = {
    "number_share": "numbers",
    "time_share": "dates or times",
    "boolean_share": "true or false",
    "json_share": "JSON",
    "uuid_share": "UUIDs",
}
"""The shares that are compared, and what the texts are then."""


class TextFormatShift(ColumnShift):
    """Largest change in the share of texts written as numbers, times, booleans, JSON or UUIDs.

    Formula: max |h(p_C) − h(p_R)| over the five formats.
    """

    name: ClassVar[str] = "text_format"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FORMAT})
    wording: ClassVar[Wording] = Share("{} of the texts have one of the known formats")
    unit: ClassVar[str] = "arcsine of the share, 0–π"
    convention: ClassVar[str] = "texts of a format ÷ texts; formats are those of `number_share`, `date_share` and so on"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    needs: ClassVar[tuple[str, ...]] = ("text_shapes", "counts")
    max_df: ClassVar[float] = 8.0
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.1
    critical_effect: ClassVar[float] = 0.6
    default_scale: ClassVar[float] = 0.06
    example: ClassVar[Example] = Example(
        ["a", "b", "c", "d"], ["1", "b", "c", "d"], 1.0471975511965976, ColumnKind.STRING
    )

    def compute(self, pairs: Pairs) -> Measured:
        """Return the change of the share that changed most; its dead zone is what the texts not looked at can hide."""
        names = list(FORMATS)
        now = np.stack([pairs.now(name) for name in names])
        then = np.stack([pairs.then(name) for name in names])
        error = np.hypot(pairs.now("format_error"), pairs.then("format_error"))
        change = np.abs(arcsine(now) - arcsine(then))
        at = np.argmax(np.nan_to_num(change, nan=-1.0), axis=0)
        rows = np.arange(len(pairs))
        nearest = np.sign(now - then) * np.maximum(0.0, np.abs(now - then) - error) + then
        value = change[at, rows]
        dead = value - np.abs(arcsine(nearest) - arcsine(then))[at, rows]
        measured = Measured(
            value,
            np.maximum(0.0, dead),
            pairs.inverse("present"),
            current_figure=now[at, rows],
            reference_figure=then[at, rows],
        )
        measured.details.update({place: FORMATS[names[at[place]]] for place in np.flatnonzero(value > 0).tolist()})
        return measured
