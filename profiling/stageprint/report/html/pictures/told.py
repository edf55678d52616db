"""Figures that a finding tells and no profile has, such as the rows for each key: before and now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from stageprint.report.html.pictures.base import Form, Picture
from stageprint.report.text import number, share


class _Told(NamedTuple):
    """A pair of figures: its key in the evidence (``KEY`` and ``KEY_before``), its title, and how it is written."""

    key: str
    title: str
    form: Form


_TOLD: Final[Mapping[str, _Told]] = {
    "duplicated_keys": _Told("rows_per_key", "rows for each key", "number"),
    "duplicated_load": _Told("rows_per_key", "rows for each key", "number"),
    "precision_loss": _Told("whole_share", "multiples of {step}, share of the values", "share"),
    "train_evaluation_overlap": _Told("share", "keys that the training set has too", "share"),
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
    title = pair.title.format(step=number(evidence.get("step")))
    show = share if pair.form == "share" else number
    data = {
        "names": [run, before_run],
        "now": [now, None],
        "before": [None, before],
        "notes": ["", ""],
        "rest": 0,
        "form": pair.form,
        "axis": title,
        "now_run": run,
        "before_run": before_run,
    }
    says = f"{title[0].upper()}{title[1:]} of {place}: {show(before)} in {before_run}, {show(now)} in {run}."
    return Picture("bars", f"{title[0].upper()}{title[1:]}", says, data)
