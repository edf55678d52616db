"""Texts that are written in a form that the reference never had."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.features.formulas import arcsine
from stageprint.features.labels import AlignedLabels
from stageprint.features.pairs import Pairs
from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example, Measured
from stageprint.shifts.base_wording import Share, Wording


class NewForm(ColumnShift):
    """Share of texts written in a form that no run of the reference has.

    Formula: h of that share.

    A form is a pattern of `top_patterns` with equal characters drawn together: ``Ab-2026`` is ``Aa-9``. A number that
    gets one digit more keeps its form. Columns with more than 64 forms are written freely and are not compared.
    """

    name: ClassVar[str] = "new_form"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FORMAT})
    assumes_level: ClassVar[bool] = True
    wording: ClassVar[Wording] = Share("{} of the texts are written in a form that the reference never had")
    unit: ClassVar[str] = "arcsine of the share, 0–π"
    convention: ClassVar[str] = "share of the texts"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    needs: ClassVar[tuple[str, ...]] = ("text_shapes", "counts")
    symmetric: ClassVar[bool] = False
    max_df: ClassVar[float] = 7.0
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.1
    critical_effect: ClassVar[float] = 0.6
    default_scale: ClassVar[float] = 0.08
    example: ClassVar[Example] = Example(
        ["a-1", "b-2", "c-3", "d-4"], ["a_1", "b-22", "c-3", "d-4"], 1.0471975511965976, ColumnKind.STRING
    )

    def compute(self, pairs: Pairs) -> Measured:
        """Return the share; its dead zone is what the texts not looked at can hide."""
        value, least = np.full(len(pairs), np.nan), np.full(len(pairs), np.nan)
        details = {}
        for position, (features, reference) in enumerate(zip(pairs.current, pairs.reference, strict=True)):
            if features.forms is None or reference.forms is None:
                continue
            aligned = AlignedLabels.of(features.forms, reference.forms)
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
        return measured.because(np.isnan(value), "the texts are written in too many forms")
