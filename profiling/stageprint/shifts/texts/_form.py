"""The forms in which texts are written: what the statistics about them have in common."""

from __future__ import annotations

from typing import ClassVar

from stageprint.model import ColumnKind, Concern
from stageprint.shifts.base import ColumnShift, Example

TOO_MANY_FORMS = "the texts are written in too many forms"
"""Why the statistics are not computable."""


class FormShift(ColumnShift):
    """A change of the forms in which texts are written; `new_form` says what a form is.

    Keys and batch names advance, but are written as before: a number with a digit more keeps its form.
    """

    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FORMAT})
    unit: ClassVar[str] = "arcsine of the share, 0–π"
    convention: ClassVar[str] = "share of the texts"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    needs: ClassVar[tuple[str, ...]] = ("text_shapes", "counts")
    negligible_effect: ClassVar[float] = 0.02
    min_effect: ClassVar[float] = 0.1
    critical_effect: ClassVar[float] = 0.6
    default_scale: ClassVar[float] = 0.08
    example: ClassVar[Example] = Example(
        ["a-1", "b-2", "c-3", "d-4"], ["a_1", "b-22", "c-3", "d-4"], 1.0471975511965976, ColumnKind.STRING
    )
