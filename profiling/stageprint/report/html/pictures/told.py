"""Figures that a finding tells and no profile has, such as the rows for each key: before and now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from stageprint.report.html.pictures.base import Form, Picture
from stageprint.report.text import number, share


class _Told(NamedTuple):
    """A pair of figures: its key in the evidence (``KEY`` and ``KEY_before``), what it is, and how it is written."""

    key: str
    axis: str
    says: str
    form: Form


_ROWS_PER_KEY: Final = _Told("rows_per_key", "rows for each key", "Rows for each key of {place}", "number")
_TOLD: Final[Mapping[str, _Told]] = {
    "duplicated_keys": _ROWS_PER_KEY,
    "duplicated_load": _ROWS_PER_KEY,
    "infinite_values": _Told("share", "infinite values, share of the rows", "Infinite values of {place}", "share"),
    "precision_loss": _Told(
        "whole_share", "multiples of {step}, share of the values", "Multiples of {step} in {place}", "share"
    ),
    "train_evaluation_overlap": _Told(
        "share", "keys that the training set has too", "Keys of {place} that the training set has too", "share"
    ),
}


def told(cause: str, place: str, evidence: Mapping[str, Any], run: str, before_run: str | None) -> Picture | None:
    """Return the pair of figures that a cause is about; None: there is none, or one of them is not known.

    Args:
        cause: The cause.
        place: The table or column.
        evidence: The finding's evidence.
        run: The report's run.
        before_run: The run compared with.
    """
    pair = _TOLD.get(cause)
    if pair is None or before_run is None:
        return None
    now, before = evidence.get(pair.key), evidence.get(f"{pair.key}_before")
    if not isinstance(now, (int, float)) or not isinstance(before, (int, float)):
        return None
    step = number(evidence.get("step"))
    axis, title = (text.format(step=step, place=place) for text in (pair.axis, pair.says))
    show = share if pair.form == "share" else number
    data = {
        "names": [run, before_run],
        "now": [now, None],
        "before": [None, before],
        "notes": ["", ""],
        "rest": 0,
        "form": pair.form,
        "axis": axis,
        "now_run": run,
        "before_run": before_run,
    }
    return Picture("bars", title, f"{title}: {show(before)} in {before_run}, {show(now)} in {run}.", data)
