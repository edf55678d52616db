"""Findings and check results as the page shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from stageprint.diagnosis.base import all_causes
from stageprint.diagnosis.cause_text import CauseText
from stageprint.report.html.anchors import nearest_anchor
from stageprint.report.html.views import CheckView, FindingView
from stageprint.report.rows import Row, place
from stageprint.report.text import clip, number, share, words

_MAX_TEXT_CHARS: Final = 400
_MAX_LIST_ENTRIES: Final = 12
_LABELS: Final[Mapping[str, str]] = {
    "fit": "fit of the cause, 0–1",
    "margin": "lead over upstream, −log₁₀ p",
    "reference_run": "compared with run",
    "shifts": "strongest shifts",
}
"""Figures of any finding's evidence whose keys alone do not say what they are."""


def finding_view(finding: Row, anchors: Mapping[str, str]) -> FindingView:
    """Return a finding's card; `anchors` are those of `anchors_of`."""
    where = place(finding)
    since, run, confidence = finding["first_run"], finding["run_id"], finding["confidence"]
    return FindingView(
        severity=finding["severity"],
        place=where,
        link=nearest_anchor(where, anchors),
        cause=words(finding["cause"]),
        kind=finding["class"],
        since="new in this run" if since == run else f"since {since}",
        confidence=None if confidence is None else f"confidence {share(confidence)}",
        sentence=finding["sentence"],
        evidence=tuple(
            (_LABELS.get(key, words(str(key))), _shifts(value) if key == "shifts" else _evidence(value))
            for key, value in (finding["evidence"] or {}).items()
            if value not in (None, "", [], {})
        ),
        explains=tuple((name, nearest_anchor(name, anchors)) for name in finding["explains"] or ()),
        alternatives=", ".join(words(name) for name in finding["alternatives"] or ()),
        to_check="\n".join(f"{n}. {step}" for n, step in enumerate(_to_check(finding["cause"]), 1)),
    )


def check_view(row: Row, anchors: Mapping[str, str]) -> CheckView:
    """Return a check result's row; `anchors` are those of `anchors_of`."""
    where = place(row)
    failed = row["status"] == "fail"
    observed = row["observed"] if row["reason"] is None else f"{row['observed']}: {row['reason']}"
    return CheckView(
        badge=row["severity"] if failed else words(row["status"]),
        style=row["severity"] if failed else "",
        place=where,
        link=nearest_anchor(where, anchors),
        check=row["check"],
        expected=clip(row["expected"], _MAX_TEXT_CHARS),
        observed=clip(observed, _MAX_TEXT_CHARS),
    )


def _to_check(cause: str) -> tuple[str, ...]:
    """Return what to look at first, as the cause says; nothing for a cause that this version does not know."""
    known = all_causes().get(cause)
    return CauseText.of(known).check if known is not None and type(known).__doc__ else ()


def _shifts(shifts: Any) -> str:
    """Return the origin's strongest shifts, one a line; a broken rule has no p value."""
    return "\n".join(
        f"{shift['statistic']} {number(shift['value'])}"
        + ("" if shift.get("p_value") is None else f", p {shift['p_value']:.1e}")
        + ("" if shift.get("effect") is None else f", {shift['effect']:,.1f} × the minimum effect")
        for shift in shifts
    )


def _evidence(value: Any) -> str:
    """Return one piece of evidence as text: a mapping on one line, a list of mappings with one line for each."""
    if isinstance(value, Mapping):
        parts = (f"{words(str(key))} {_evidence(inner)}" for key, inner in value.items())
        return clip(", ".join(parts), _MAX_TEXT_CHARS)
    if isinstance(value, (list, tuple)):
        separator = "\n" if any(isinstance(inner, Mapping) for inner in value) else ", "
        shown = separator.join(_evidence(inner) for inner in value[:_MAX_LIST_ENTRIES])
        more = len(value) - _MAX_LIST_ENTRIES
        return f"{shown} and {more:,} more" if more > 0 else shown
    return clip(value, _MAX_TEXT_CHARS) if isinstance(value, str) else number(value)
