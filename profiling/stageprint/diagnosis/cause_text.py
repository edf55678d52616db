"""Reads what a cause's docstring says for people: meaning, signature, what to check, how to fix it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from stageprint.diagnosis.base import Cause

COMMON_EVIDENCE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "fit": "how well the cause fits, 0–1; at 0.9 and above, hardly anything else leaves this signature",
        "margin": "how much more strongly the origin is flagged than its strongest parent, in powers of ten of p",
        "reference_run": "the latest healthy earlier run of the origin; null: none",
        "shifts": "the five strongest flagged statistics of the origin, with value, p value and effect",
        "failed_checks": "declared checks that the origin fails in this run",
        "checks_not_computable": "declared checks of the origin that could not be computed in this run",
        "missing_upstream": "tables upstream of the origin that have no profile in this run",
        "skew": "for a column that serving computes: the training set's column, which has not moved",
        "amplified": "the first step downstream along which the effect at least doubles, as two columns or tables",
        "between": "the stages between which the fault began, if a stage in between has no profile",
        "not_profiled": "the stages in between that have no profile",
        "also_considered": "other causes that fit the column, with their fit, 0–1",
        "columns": "for a table whose columns changed alike: these columns",
        "example": "the column among them that the other figures describe",
        "lineage": "lineage edges between the origin and what it explains, each with what it is known from",
        "slice": "for a finding in a slice: the slice's column and value",
    }
)
"""Figures that the evidence of any cause may hold, and what they are."""

_SECTION: Final = re.compile(r"^(Signature|Told apart from|Check|Fix|Evidence|Source|Example):", re.MULTILINE)
_ITEM: Final = re.compile(r"^ *- (.*(?:\n {6,}\S.*)*)", re.MULTILINE)
_FIGURE: Final = re.compile(r"^    (\w+): (.*(?:\n {8}.*)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CauseText:
    """The parts of a cause's docstring, each as plain text without line breaks.

    Attributes:
        summary: What happened, in one sentence.
        meaning: What that is, and what it does to a model.
        signature: By which figures the cause is recognised.
        told_apart: What looks alike: "what: how it looks", semicolons between; each is a line of the page.
        check: What to look at first, in this order.
        fix: How to mend it.
        evidence: Figure of the evidence → what it is, with its unit.
        source: Where the signature comes from.
        example: A worked example, as a doctest with its line breaks.
    """

    summary: str
    meaning: str
    signature: str
    told_apart: str
    check: tuple[str, ...]
    fix: str
    evidence: Mapping[str, str]
    source: str
    example: str

    @classmethod
    def of(cls, cause: Cause) -> CauseText:
        """Return the parts of a cause's docstring.

        Raises:
            ValueError: The docstring lacks a section.
        """
        head, *rest = _SECTION.split(inspect.getdoc(type(cause)) or "")
        parts = {"summary and meaning": head, **dict(zip(rest[::2], rest[1::2], strict=True))}
        summary, _, meaning = head.partition("\n\n")

        def part(name: str) -> str:
            if not parts.get(name, "").strip():
                message = f"the docstring of the cause {cause.name} has no section {name!r}"
                raise ValueError(message)
            return parts[name]

        return cls(
            summary=_joined(summary),
            meaning=_joined(meaning),
            signature=_joined(part("Signature")),
            told_apart=_joined(part("Told apart from")),
            check=tuple(_joined(item) for item in _ITEM.findall(part("Check"))),
            fix=_joined(part("Fix")),
            evidence={name: _joined(text).removesuffix(".") for name, text in _FIGURE.findall(part("Evidence"))},
            source=_joined(part("Source")),
            example=inspect.cleandoc(part("Example")),
        )


def _joined(text: str) -> str:
    return " ".join(text.split())
