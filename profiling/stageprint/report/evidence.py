"""The evidence of a finding as text: figure by figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from stageprint.report.text import clip, number, words

_MAX_TEXT_CHARS: Final = 400
_MAX_LIST_ENTRIES: Final = 12
_LABELS: Final[Mapping[str, str]] = {
    "fit": "fit of the cause, 0–1",
    "margin": "lead over upstream, −log₁₀ p",
    "reference_run": "compared with run",
    "shifts": "strongest shifts",
    "lineage": "the way that it took",
}
"""Figures of any finding's evidence whose keys alone do not say what they are."""


def evidence_items(evidence: Mapping[str, Any] | None) -> tuple[tuple[str, str], ...]:
    """Return the figures of a finding's evidence that say something: what each is, and its value as text."""
    return tuple(
        (_LABELS.get(key, words(str(key))), _WRITTEN.get(key, _text)(value))
        for key, value in (evidence or {}).items()
        if value not in (None, "", [], {})
    )


def _shifts(shifts: Any) -> str:
    """Return the origin's strongest shifts, one a line; a broken rule has no p value."""
    return "\n".join(
        f"{shift['statistic']} {number(shift['value'])}"
        + ("" if shift.get("p_value") is None else f", p {shift['p_value']:.1e}")
        + ("" if shift.get("effect") is None else f", {shift['effect']:,.1f} × the minimum effect")
        for shift in shifts
    )


def _edges(edges: Any) -> str:
    """Return the edges between what a finding is about and what it explains, one a line, with who says so."""
    lines = [f"{edge['from']} → {edge['to']} ({' and '.join(edge['said_by'])})" for edge in edges[:_MAX_LIST_ENTRIES]]
    more = len(edges) - _MAX_LIST_ENTRIES
    return "\n".join([*lines, f"and {more:,} more"] if more > 0 else lines)


def _stored(value: Any) -> str:
    return clip(str(value), _MAX_TEXT_CHARS)


def _text(value: Any) -> str:
    """Return one piece of evidence as text: a mapping on one line, a list of mappings with one line for each."""
    if isinstance(value, Mapping):
        parts = (f"{words(str(key))} {_text(inner)}" for key, inner in value.items())
        return clip(", ".join(parts), _MAX_TEXT_CHARS)
    if isinstance(value, (list, tuple)):
        separator = "\n" if any(isinstance(inner, Mapping) for inner in value) else ", "
        shown = separator.join(_text(inner) for inner in value[:_MAX_LIST_ENTRIES])
        more = len(value) - _MAX_LIST_ENTRIES
        return f"{shown} and {more:,} more" if more > 0 else shown
    return clip(value, _MAX_TEXT_CHARS) if isinstance(value, str) else number(value)


_WRITTEN: Final[Mapping[str, Callable[[Any], str]]] = {
    "shifts": _shifts,
    "lineage": _edges,
    # Not rounded: they are what queries compare with.
    "exact_value": _stored,
    "previous_load_end_value": _stored,
}
"""How evidence that is a list of its own is written."""
