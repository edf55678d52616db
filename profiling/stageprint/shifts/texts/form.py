"""Largest change of the share of a form in which texts are written."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.formulas import arcsine
from stageprint.features.labels import AlignedLabels
from stageprint.features.pairs import Pairs
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Number, Wording


class Form(ColumnShift):
    """Largest change of the share of one form in which texts are written.

    Formula: max |h(p_C) − h(p_R)| over the forms; see `new_form` for what a form is. Forms of at most 1 % are pooled.
    """

    name: ClassVar[str] = "form"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FORMAT})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Number("the share of one way of writing changed by {} on the arcsine scale")
    unit: ClassVar[str] = "arcsine of the share, 0–π"
    convention: ClassVar[str] = "share of the texts"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    needs: ClassVar[tuple[str, ...]] = ("text_shapes", "counts")
    max_df: ClassVar[float] = 6.5
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.1
    critical_effect: ClassVar[float] = 0.6
    default_scale: ClassVar[float] = 0.08
    example: ClassVar[Example] = Example(
        ["a-1", "b-2", "c-3", "d-4"], ["a_1", "b-22", "c-3", "d-4"], 1.0471975511965976, ColumnKind.STRING
    )

    def compute(self, pairs: Pairs) -> Measured:
        """Return the change; its dead zone is what the texts not looked at can hide."""
        value, least = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
        details = {}
        for position, (features, reference) in enumerate(zip(pairs.current, pairs.reference, strict=True)):
            if features.forms is None or reference.forms is None:
                continue
            aligned = AlignedLabels.of(features.forms, reference.forms)
            change = np.abs(arcsine(aligned.now) - arcsine(aligned.then))
            near_now = np.clip(aligned.then, aligned.now_low, aligned.now_high)
            near_then = np.clip(near_now, aligned.then_low, aligned.then_high)
            at = int(np.argmax(change))
            value[position] = change[at]
            least[position] = np.abs(arcsine(near_now) - arcsine(near_then)).max(initial=0.0)
            details[position] = repr(aligned.names[at]) if at < len(aligned.names) else "rare forms together"
        measured = Measured(value, np.maximum(0.0, value - least), pairs.inverse("present"))
        measured.details.update(details)
        return measured.because(np.isnan(value), "the texts are written in too many forms")
