"""Largest change in the share of a form in which texts are written."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.formulas import arcsine
from stageprint.features.pairs import Pairs
from stageprint.shifts.base import Measured
from stageprint.shifts.base_wording import Number, Wording
from stageprint.shifts.texts._form import TOO_MANY_FORMS, FormShift


class Form(FormShift):
    """Largest change in the share of texts written in one form.

    Formula: max |h(p_C) − h(p_R)| over the forms; see `new_form` for what a form is. Forms of at most 1 % are pooled.
    """

    name: ClassVar[str] = "form"
    wording: ClassVar[Wording] = Number("the share of one way of writing changed by {} on the arcsine scale")
    max_df: ClassVar[float] = 6.5

    def compute(self, pairs: Pairs) -> Measured:
        """Return the change; its dead zone is what the texts not looked at can hide."""
        value, least = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
        details = {}
        for position, aligned in enumerate(pairs.forms):
            if aligned is None:
                continue
            change = np.abs(arcsine(aligned.now) - arcsine(aligned.then))
            near_now = np.clip(aligned.then, aligned.now_low, aligned.now_high)
            near_then = np.clip(near_now, aligned.then_low, aligned.then_high)
            at = int(np.argmax(change))
            value[position] = change[at]
            least[position] = np.abs(arcsine(near_now) - arcsine(near_then)).max(initial=0.0)
            details[position] = repr(aligned.names[at]) if at < len(aligned.names) else "rare forms together"
        measured = Measured(value, np.maximum(0.0, value - least), pairs.inverse("present"))
        measured.details.update(details)
        return measured.because(np.isnan(value), TOO_MANY_FORMS)
