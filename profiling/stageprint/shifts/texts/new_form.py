"""Texts that are written in a form that the reference never had."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.formulas import arcsine
from stageprint.features.pairs import Pairs
from stageprint.shifts.base import Measured
from stageprint.shifts.base_wording import Share, Wording
from stageprint.shifts.texts._form import TOO_MANY_FORMS, FormShift


class NewForm(FormShift):
    """Share of texts written in a form that no run of the reference has.

    Formula: h of that share.

    A form is a pattern of `top_patterns` with equal characters drawn together: ``Ab-2026`` is ``Aa-9``. A number that
    gets one digit more keeps its form. Columns with more than 64 forms are written freely and are not compared.
    """

    name: ClassVar[str] = "new_form"
    wording: ClassVar[Wording] = Share("{} of the texts are written in a form that the reference never had")
    symmetric: ClassVar[bool] = False
    max_df: ClassVar[float] = 7.0

    def compute(self, pairs: Pairs) -> Measured:
        """Return the share; its dead zone is what the texts not looked at can hide."""
        value, least = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
        details = {}
        for position, aligned in enumerate(pairs.forms):
            if aligned is None:
                continue
            value[position], least[position] = aligned.unseen
            if aligned.unseen[1] > 0:
                details[position] = ", ".join(repr(form) for form in aligned.unseen_labels[:3])
        measured = Measured(
            arcsine(value),
            arcsine(value) - arcsine(least),
            pairs.inverse("present"),
            current_figure=value,
            reference_figure=np.zeros(len(pairs)),
        )
        measured.details.update(details)
        return measured.because(np.isnan(value), TOO_MANY_FORMS)
