"""Makes findings of a run's evidence: one for each incident, worst first."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from stageprint.diagnosis.base import Candidate
from stageprint.diagnosis.edges import edges_between
from stageprint.diagnosis.events import loses_values
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.graph import table_node
from stageprint.diagnosis.localise import Incident, localise, order
from stageprint.diagnosis.pair import pair
from stageprint.diagnosis.roles import beside, namesake
from stageprint.model import TABLE_LEVEL, ColumnKey, Finding, FindingClass, Severity

Ranked: TypeAlias = tuple[tuple[Any, ...], Finding]
"""What a finding is sorted by, and the finding."""

MAX_GAP_NAMED = 0.1
"""Two causes whose fits differ by less are both named in the sentence; confidence falls on the same scale."""

MAX_GAP_LISTED = 0.2
"""Causes whose fits differ by less are listed as alternatives."""

MAX_GRADUAL_STEP_SHARE = 0.5
"""A shift is gradual where its distance from the run before is at most this share of that from older runs."""


MAX_CHECKS_NAMED = 5
"""Maximum number of failed checks that a finding names."""

MIN_COLUMNS_TO_ESCALATE = 3
"""Number of columns of one table under review that make a warning where one signature explains them."""

MIN_FIT_TO_ESCALATE = 0.8
"""Minimum fit of a signature that is clear enough for that."""

MIN_SHARP_FIT = 0.9
"""Minimum fit at which a kind of signature that chance does not leave makes one column under review a warning."""


def diagnose(evidence: Evidence) -> list[Finding]:
    """Return the findings of a run, worst first.

    A group of suspects none of which is at least a review is no finding: localisation looks at fainter shifts than
    alerting does.
    """
    return worst_first(ranked(evidence))


def ranked(evidence: Evidence) -> list[Ranked]:
    """Return the findings of a part of a run, each with its place among those of the other parts."""
    found = []
    for incident in localise(evidence):
        most = evidence.most(incident.origin)
        limits = (_severity(evidence, incident), most, incident.best.fit.at_most)
        severity = min(limits, key=lambda severity: severity.rank)
        if severity is not Severity.NONE:
            place = (-severity.rank, *order(evidence, incident))
            found.append((place, _finding(evidence, incident, severity)))
    return found


def worst_first(found: Iterable[Ranked]) -> list[Finding]:
    """Return findings by their places: by severity, then the surest origin first."""
    return [finding for _, finding in sorted(found, key=lambda one: one[0])]


def finding_id(pipeline: str, run_id: str, origin: ColumnKey, cause: str) -> str:
    """Return the finding's name, the same whenever the run is compared again."""
    parts = (pipeline, run_id, origin.stage, origin.table, origin.column, cause, *(origin.slice or ()))
    text = "\x1f".join(parts)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def confidence(score: float, runner_up: float | None) -> float:
    """Return 0–1: the fit, halved where the runner-up fits as well.

    Example:
        >>> confidence(0.9, None), round(confidence(0.9, 0.9), 2), round(confidence(0.9, 0.5), 2)
        (0.9, 0.45, 0.88)
    """
    if runner_up is None:
        return score
    return score / (1.0 + math.exp((runner_up - score) / MAX_GAP_NAMED))


def _severity(evidence: Evidence, incident: Incident) -> Severity:
    """Return the highest severity in the incident; a deterministic signature is critical.

    Several columns of one table that are each only a review, but together show one clear signature, are a warning: the
    budget of false alerts is per column, and chance does not make several columns agree. The same holds for one column
    with a sharp signature, and for any clear signature against the upstream column of the same run, where no season can
    be mistaken for a fault.
    """
    if incident.best.fit.deterministic:
        return Severity.CRITICAL
    nodes = (incident.origin, *incident.explains)
    severities = {node: evidence.severity(node) for node in nodes}
    highest = max(severities.values(), key=lambda severity: severity.rank)
    together = [
        node for node, severity in severities.items() if severity.rank and node.table_key == incident.origin.table_key
    ]
    clear = incident.best.cause.signature and incident.best.fit.score >= MIN_FIT_TO_ESCALATE
    sharp = incident.best.fit.score >= MIN_SHARP_FIT and (incident.best.cause.sharp or _beside(evidence, incident))
    lifted = sharp or (clear and len(together) >= MIN_COLUMNS_TO_ESCALATE)
    return Severity.WARNING if highest is Severity.REVIEW and lifted else highest


def _finding(evidence: Evidence, incident: Incident, severity: Severity) -> Finding:
    best, *others = incident.candidates
    signed = [other for other in others if other.cause.signature and other.cause.name != best.cause.name]
    runner_up = max((other.fit.score for other in signed), default=None)
    return Finding(
        finding_id=finding_id(evidence.graph.pipeline, evidence.run_id, incident.origin, best.cause.name),
        run_id=evidence.run_id,
        severity=severity,
        cause=best.cause.name,
        finding_class=_class(evidence, incident),
        origin=incident.origin,
        first_run=incident.since,
        explains=tuple(str(node) for node in incident.explains),
        beside=tuple(str(node) for node in incident.beside),
        told_once=best.fit.event and not loses_values(evidence, incident.origin),
        confidence=round(confidence(best.fit.score, runner_up), 3),
        alternatives=tuple(
            dict.fromkeys(other.cause.name for other in signed if best.fit.score - other.fit.score < MAX_GAP_LISTED)
        ),
        evidence=_figures(evidence, incident),
        sentence=_sentence(best, signed, _skew(evidence, incident.origin), _compared_with(evidence, incident.origin)),
    )


def _class(evidence: Evidence, incident: Incident) -> FindingClass:
    if incident.best.fit.finding_class is not None:
        return incident.best.fit.finding_class
    stage = incident.origin.stage
    if evidence.graph.is_source(stage):
        return "population" if _gradual(evidence, incident) else "data"
    # Without a profiled stage upstream it is unknown whether the input was sound.
    return "pipeline" if evidence.graph.profiled_upstream(stage) else "unknown"


def _gradual(evidence: Evidence, incident: Incident) -> bool:
    """Return whether the origin drifted slowly and without a signature: near to `prev`, far from older runs."""
    if incident.best.cause.signature:
        return False
    shifts = sorted(evidence.flagged_shifts(incident.origin), key=lambda shift: -(shift.effect or 0.0))
    for shift in shifts:
        residuals = {result.reference: result.residual for result in shift.references if result.residual is not None}
        previous = residuals.pop("prev", None)
        if previous is not None and residuals:
            return previous <= MAX_GRADUAL_STEP_SHARE * max(residuals.values())
    return False


def _figures(evidence: Evidence, incident: Incident) -> Mapping[str, Any]:
    origin = incident.origin
    # A fault of a column that a rule of its table reports (a schema rule) is flagged at the table.
    found = evidence.flagged_shifts(origin) or evidence.flagged_shifts(table_node(origin.table_key))
    shifts = sorted(found, key=lambda shift: -(shift.score or 0.0))
    figures: dict[str, Any] = {
        **incident.best.fit.evidence,
        "fit": round(incident.best.fit.score, 3),
        "margin": round(incident.margin, 3),
        "reference_run": evidence.reference_run(incident.origin),
        **({} if (source := _compared_with(evidence, origin)) is None else {"compared_with": source}),
        "shifts": [
            {"statistic": shift.statistic, "value": shift.value, "p_value": shift.p_value, "effect": shift.effect}
            for shift in shifts[:5]
        ],
    }
    failed = evidence.failed_checks(incident.origin)
    if failed:
        figures["failed_checks"] = [
            {"check": check.check, "at": str(check.key), "expected": check.expected, "observed": check.observed}
            for check in failed[:MAX_CHECKS_NAMED]
        ]
    skew = _skew(evidence, incident.origin)
    if skew is not None:
        figures["skew"] = skew
    if incident.amplified is not None:
        figures["amplified"] = [str(node) for node in incident.amplified]
    edges = edges_between(evidence.graph, (incident.origin, *incident.explains))
    if edges:
        figures["lineage"] = edges
    skipped = evidence.graph.skipped(incident.origin.stage)
    if skipped:
        upstream = evidence.graph.profiled_upstream(incident.origin.stage)
        figures["between"] = [*upstream, incident.origin.stage]
        figures["not_profiled"] = list(skipped)
    if incident.origin.column != TABLE_LEVEL and len(incident.candidates) > 1:
        figures["also_considered"] = {
            other.cause.name: round(other.fit.score, 3) for other in incident.candidates[1:] if other.cause.signature
        }
    return figures


def _skew(evidence: Evidence, origin: ColumnKey) -> dict[str, Any] | None:
    """Return the unflagged training column of the same name, for a column of a serving stage; else None.

    Training and serving then no longer mean the same by that name, in whatever way the column moved.
    """
    if origin.column == TABLE_LEVEL or evidence.graph.role(origin.stage) != "serving":
        return None
    training = beside(evidence, origin.table_key, "training")
    trained = None if training is None else namesake(evidence, origin, training)
    if trained is None or trained in evidence.flagged:
        return None
    return {"training": str(trained)}


def _beside(evidence: Evidence, incident: Incident) -> bool:
    """Return whether the signature was found against the upstream column of the same run."""
    both = pair(evidence, incident.origin) if incident.origin.column != TABLE_LEVEL else None
    return both is not None and both.source is not None and incident.best.cause.signature


def _compared_with(evidence: Evidence, origin: ColumnKey) -> str | None:
    """Return the upstream column whose figures are ``before``; None where they are those of an earlier run."""
    both = pair(evidence, origin) if origin.column != TABLE_LEVEL else None
    return None if both is None or both.source is None else str(both.source)


def _sentence(best: Candidate, others: list[Candidate], skew: Mapping[str, Any] | None, source: str | None) -> str:
    sentence = best.fit.sentence
    if skew is not None and skew["training"] not in sentence:
        sentence = f"{sentence}; {skew['training']} has not moved: training-serving skew"
    close = next(
        (other for other in others if best.fit.score - other.fit.score < MAX_GAP_NAMED and other.fit.brief), None
    )
    sentence = sentence if close is None else f"{sentence}; it could also be {close.fit.brief}"
    return f"{sentence}." if source is None else f'{sentence}. "Before" is {source} of the same run.'
