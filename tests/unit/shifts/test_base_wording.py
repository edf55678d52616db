"""Figures of statistics in natural units."""

from __future__ import annotations

from math import asin, inf, log, nan, pi, sqrt

import pytest

from stageprint.shifts import Shift, all_shifts
from stageprint.shifts.base_wording import Difference, Fact, Figures, Number, Part, Ratio, Share, Wording


def h(share: float) -> float:
    return 2 * asin(sqrt(share))


NULLS = Figures(h(0.154) - h(0.001), 0.154, 0.001)
ROWS = Figures(log(1000 / 250), 250.0, 1000.0)


@pytest.mark.parametrize(
    ("wording", "figures", "limit", "found", "reference", "usual", "threshold"),
    [
        (Share("{} nulls"), NULLS, h(0.004) - h(0.001), "15.4 % nulls", "0.1 %", "0–0.4 %", "0.4 %"),
        (Share("{} nulls"), Figures(h(0.25)), h(0.04), "25.0 % nulls", None, "at most 4.0 %", "4.0 %"),
        (
            Share("{} kept"),
            Figures(h(0.5) - h(1), 0.5, 1.0),
            h(1) - h(0.9),
            "50.0 % kept",
            "100.0 %",
            "90–100 %",
            "90.0 %",
        ),
        (Ratio("{} rows"), ROWS, log(2), "250 rows", "1,000", "500–2,000", "500"),
        (
            Ratio("standard deviation {}"),
            Figures(log(2)),
            log(4),
            "standard deviation changed by a factor of 2",
            None,
            "a factor of at most 4",
            "a factor of 4",
        ),
        (Part("{} moved"), Figures(0.31), 0.04, "31.0 % moved", None, "at most 4.0 %", "4.0 %"),
        (Number("mean moved by {}"), Figures(1.25), 0.5, "mean moved by 1.25", None, "at most 0.5", "0.5"),
        (Difference("ROC AUC {}"), Figures(-0.2, 0.6, 0.8), 0.1, "ROC AUC 0.6", "0.8", "0.7 to 0.9", "0.7"),
        (Fact("the table is empty"), Figures(1.0), 1.0, "the table is empty", None, "never", "any breach"),
    ],
)
def test_figures_in_natural_units(
    wording: Wording, figures: Figures, limit: float, found: str, reference: str | None, usual: str, threshold: str
) -> None:
    assert wording.found(figures) == found
    assert wording.reference(figures) == reference
    assert wording.usual(figures, limit, signed=False) == usual
    assert wording.threshold(figures, limit) == threshold


def test_a_signed_number_is_usual_on_both_sides() -> None:
    assert Number("{} places more").usual(Figures(-1.0), 0.5, signed=True) == "-0.5 to 0.5"
    assert Number("{} places more").threshold(Figures(-1.0), 0.5) == "-0.5"


@pytest.mark.parametrize("shift", all_shifts().values(), ids=lambda shift: shift.name)
@pytest.mark.parametrize(("now", "then"), [(0.2, 0.1), (nan, nan)], ids=["figures", "value alone"])
@pytest.mark.parametrize("limit", [0.0, 0.3, 2 * pi, inf])
def test_every_statistic_is_written_whatever_the_figures(shift: Shift, now: float, then: float, limit: float) -> None:
    wording = shift.wording
    assert wording is not None
    figures = Figures(shift.example.value, now, then)
    texts = (
        wording.found(figures),
        wording.usual(figures, limit, signed=shift.signed),
        wording.threshold(figures, limit),
    )
    for text in texts:
        assert text.strip() == text != ""
        assert "nan" not in text.replace("NaN", "").split()
        assert "{}" not in text
