"""Makes one finding for review of tables that moved on a day on which business is not as usual."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from stageprint.diagnosis.base import cause_named
from stageprint.diagnosis.causes.population_shift import PopulationShift
from stageprint.model import Finding, Severity
from stageprint.model.figures import listing

MIN_TABLES: Final = 3
"""Tables that must move at once where nobody stated the day: chance moves one, a fault of one source one or two."""

CONFIDENCE: Final = 0.7
"""Confidence of the finding: a fault may fall on a holiday, too."""

_ALERTS: Final = (Severity.WARNING, Severity.CRITICAL)


@dataclass(frozen=True, slots=True)
class UnusualDay:
    """A day on which business is not as usual.

    Attributes:
        date: The day.
        name: Why, such as ``a public holiday (Epiphany)``.
        enough: The number of tables that must move for the day to explain it.
        stated: Whether the configuration's calendar says so; otherwise it was learned, or is one in much of the world.
    """

    date: dt.date
    name: str
    enough: int = MIN_TABLES
    stated: bool = False


def is_of_business(finding: Finding) -> bool:
    """Return whether a finding is an alert about what an unusual day does to sound data.

    A factor that is no known conversion may be one of prices.
    """
    cause = cause_named(finding.cause)
    of_business = cause is not None and (cause.of_business or finding.evidence.get("meaning", "") is None)
    return finding.severity in _ALERTS and of_business


def _tables_of(findings: Sequence[Finding]) -> int:
    return len({finding.origin.table_key for finding in findings})


def _is_part_missing(finding: Finding) -> bool:
    """Return whether it is plain which part of a load is missing, or all of it is."""
    return finding.evidence.get("gap") is not None or finding.evidence.get("rows") == 0


def folded(findings: Sequence[Finding], day: UnusualDay) -> list[Finding]:
    """Return a run's findings, those that the day explains as one for review.

    They are alerts whose causes are `of_business`: rows, labels or values moved, without the signature of a fault.
    Loads of which it is plain what is missing are explained only where `MIN_TABLES` tables move on a day that the
    calendar states. All others stay as they are.

    Args:
        findings: The run's findings, worst first.
        day: The day that the run is of.
    """
    moved = [finding for finding in findings if is_of_business(finding)]
    if not (day.stated and _tables_of(moved) >= MIN_TABLES):
        moved = [finding for finding in moved if not _is_part_missing(finding)]
    if _tables_of(moved) < day.enough:
        return list(findings)
    tables = list(dict.fromkeys(str(finding.origin.table_key) for finding in moved))
    worst = moved[0]
    others = dict.fromkeys(
        place for finding in moved for place in (str(finding.origin), *finding.explains) if place != str(worst.origin)
    )
    if len(tables) == 1:
        sentence = f"Business on {day.date}, {day.name}, may explain that {worst.sentence}"
    else:
        sentence = (
            f"{len(tables)} tables moved on {day.date}, {day.name}: {listing(tables)}. "
            f"Business on such a day explains it; the largest: {worst.sentence}"
        )
    one = replace(
        worst,
        severity=Severity.REVIEW,
        cause=PopulationShift.name,
        finding_class="population",
        explains=tuple(others),
        confidence=CONFIDENCE,
        alternatives=tuple(dict.fromkeys(finding.cause for finding in moved)),
        evidence={**worst.evidence, "unusual_day": day.name, "moved_tables": tables},
        sentence=sentence,
        told_once=False,
    )
    return [*(finding for finding in findings if finding not in moved), one]
