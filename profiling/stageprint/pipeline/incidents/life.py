"""The life of incidents: what one more run says of them. Pure: it reads and writes nothing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from stageprint.decision.references import RUNS_TO_ACCEPT_A_LEVEL
from stageprint.model import TABLE_LEVEL, ColumnKey, FindingClass, Severity, TableKey
from stageprint.model.incident import CHECK_CLASS, CHECK_FAILED, Closing, IncidentStatus, StoredIncident, incident_id

_EXACT: Final = 3
_SAME_PLACE: Final = 2
_OVERLAP: Final = 1
_APART: Final = 0


@dataclass(frozen=True, slots=True)
class Sighting:
    """A finding of a run, as far as incidents need it.

    Attributes:
        finding_id: Its identifier.
        origin: Where it began.
        cause: Name of its cause.
        finding_class: Its class.
        severity: Its severity.
        first_run: The run in which its shift began, as the diagnosis dates it.
        sentence: The finding in one sentence.
        explains: Other columns whose shifts it explains.
        told_once: Whether it is an event, after which the new state is the usual one.
        settles: Whether its state may become the usual one after some runs.
    """

    finding_id: str
    origin: ColumnKey
    cause: str
    finding_class: FindingClass
    severity: Severity
    first_run: str
    sentence: str
    explains: tuple[str, ...] = ()
    told_once: bool = False
    settles: bool = True

    @property
    def members(self) -> frozenset[str]:
        """Every column and table that it is about."""
        return frozenset({str(self.origin), *self.explains})

    def accounts_for(self, check: FailingCheck) -> bool:
        """Return whether a check fails where the finding is about."""
        if str(check.key) in self.explains:
            return True
        same_table = self.origin.table_key.whole == check.key.table_key
        return same_table and self.origin.column in {TABLE_LEVEL, check.key.column}


@dataclass(frozen=True, slots=True)
class FailingCheck:
    """A declared check that fails in a run.

    Attributes:
        key: The column that it is about.
        check: Name of the check.
        severity: Its severity.
        message: Its result in one sentence.
    """

    key: ColumnKey
    check: str
    severity: Severity
    message: str

    @property
    def name(self) -> str:
        """What names the check in all runs, as ``stage.table.column: check``."""
        return f"{self.key}: {self.check}"


@dataclass(frozen=True, slots=True)
class SeenRun:
    """What the comparison of one run saw.

    Attributes:
        run_id: The run.
        at: When it was compared.
        profiled: The tables that it has a profile of: what is not seen in another table may still be there.
        findings: Its findings, worst first.
        failing: Declared checks that fail.
        unknown: Names of checks that could not be computed.
        is_bad: Whether the run is marked as bad, so that nothing is taken to be well because of it.
        configured: The tables that the configuration had when the run was compared; None: not known.
        removed: Tables of which an earlier comparison of the run said that they are not configured.
    """

    run_id: str
    at: dt.datetime
    profiled: frozenset[TableKey]
    findings: Sequence[Sighting] = ()
    failing: Sequence[FailingCheck] = ()
    unknown: frozenset[str] = frozenset()
    is_bad: bool = False
    configured: frozenset[TableKey] | None = None
    removed: frozenset[TableKey] = frozenset()

    def lacks(self, table: TableKey) -> bool:
        """Return whether the configuration no longer has a table, or the stage that ``:stage`` stands for."""
        if table in self.profiled or self.configured is None:
            return table in self.removed
        if table.table.startswith(":"):
            return table.stage not in {one.stage for one in self.configured}
        return table not in self.configured


@dataclass(frozen=True, slots=True)
class Advanced:
    """What a run says of incidents.

    Attributes:
        incidents: Those that began, were seen or ended in the run, as they stand after it.
        of_finding: finding_id → the incident that the finding belongs to.
    """

    incidents: tuple[StoredIncident, ...]
    of_finding: Mapping[str, str]


@dataclass
class _Seen:
    """What a run shows of one incident, old or new."""

    before: StoredIncident | None
    origin: ColumnKey
    sightings: list[Sighting] = field(default_factory=list)
    checks: list[FailingCheck] = field(default_factory=list)


def advance(pipeline: str, baseline: str, before: Iterable[StoredIncident], run: SeenRun) -> Advanced:
    """Return what a run says of incidents.

    A finding belongs to the incident that was there in the run before and has the same origin and cause; or the same
    origin, if the finding's shift began before this run; or that is about its columns otherwise, if it began before
    this run. Else it begins an incident. A failing check belongs to the incident that it belonged to before, else to
    that of a finding at its place; other checks of one name that begin to fail in one table are one incident.

    An incident that a run does not show is over if the run has a profile of its table, or the configuration no longer
    has that table, and the run is not marked as bad: it is resolved; or accepted if it was an event, or was there in
    `RUNS_TO_ACCEPT_A_LEVEL` runs, after which the decision rule compares with its state.

    Args:
        pipeline: The pipeline.
        baseline: What the run was compared with.
        before: Every incident as it stood after the earlier runs.
        run: The run.
    """
    known = {one.incident_id: one for one in before}
    there = sorted((one for one in known.values() if one.ended_run is None), key=lambda one: one.opened_at)
    seen: dict[str, _Seen] = {}
    of_finding: dict[str, str] = {}
    for sighting in run.findings:
        found = _match(sighting, there, run.run_id)
        if found is None:
            name = incident_id(pipeline, baseline, sighting.origin, sighting.cause, sighting.first_run)
        else:
            name = found.incident_id
        seen.setdefault(name, _Seen(known.get(name), sighting.origin)).sightings.append(sighting)
        of_finding[sighting.finding_id] = name
    _add_checks(pipeline, baseline, run, there, seen, of_finding)
    told = [_told(name, one, known, run, baseline) for name, one in seen.items()]
    over = [_over(one, run, baseline) for one in there if one.incident_id not in seen and _is_over(one, run)]
    return Advanced((*told, *over), of_finding)


def _match(sighting: Sighting, there: Sequence[StoredIncident], run: str) -> StoredIncident | None:
    ranked = [(_fit(one, sighting, run), one) for one in there]
    best = max(ranked, key=lambda pair: pair[0], default=(_APART, None))
    return best[1] if best[0] > _APART else None


def _fit(incident: StoredIncident, sighting: Sighting, run: str) -> int:
    """Return how surely a finding belongs to an incident of the runs before."""
    lasts = sighting.first_run != run
    if incident.origin == sighting.origin:
        if incident.cause == sighting.cause:
            # A new change after a level was accepted is another incident, such as the way back.
            settled = incident.settles and incident.runs_seen >= RUNS_TO_ACCEPT_A_LEVEL
            return _EXACT if lasts or not settled else _APART
        return _SAME_PLACE if lasts else _APART
    if incident.origin.slice != sighting.origin.slice or not lasts:
        return _APART
    overlaps = str(incident.origin) in sighting.explains or str(sighting.origin) in incident.explains
    return _OVERLAP if overlaps else _APART


def _add_checks(
    pipeline: str,
    baseline: str,
    run: SeenRun,
    there: Sequence[StoredIncident],
    seen: dict[str, _Seen],
    of_finding: Mapping[str, str],
) -> None:
    """Give each failing check to an incident: its own of before, that of a finding at its place, or a new one."""
    fresh: dict[tuple[TableKey, str], list[FailingCheck]] = {}
    for check in sorted(run.failing, key=lambda check: check.name):
        own = next((one for one in there if check.name in one.checks), None)
        at = next((of_finding[one.finding_id] for one in run.findings if one.accounts_for(check)), None)
        if own is not None:
            seen.setdefault(own.incident_id, _Seen(own, own.origin)).checks.append(check)
        elif at is not None:
            seen[at].checks.append(check)
        else:
            fresh.setdefault((check.key.table_key, check.check), []).append(check)
    for (table, name), checks in fresh.items():
        columns = {check.key.column for check in checks}
        origin = table.column(columns.pop()) if len(columns) == 1 else table.level
        names = tuple(sorted({check.name for check in checks}))
        new = incident_id(pipeline, baseline, origin, f"{CHECK_FAILED}:{name}", run.run_id, names)
        seen[new] = _Seen(None, origin, checks=checks)


def _told(name: str, found: _Seen, known: Mapping[str, StoredIncident], run: SeenRun, baseline: str) -> StoredIncident:
    """Return an incident that the run shows, as it stands after it."""
    severity = max(
        (*(one.severity for one in found.sightings), *(one.severity for one in found.checks)),
        key=lambda severity: severity.rank,
    )
    checks = tuple(sorted({check.name for check in found.checks}))
    if found.sightings:
        first = found.sightings[0]
        cause, kind, origin, sentence = first.cause, first.finding_class, first.origin, first.sentence
        explains = _others(found.sightings)
        first_run, told_once, settles = first.first_run, first.told_once, first.settles and not checks
    else:
        cause, kind, origin, explains = CHECK_FAILED, CHECK_CLASS, found.origin, ()
        first_run, told_once, settles = run.run_id, False, False
        sentence = _sentence(found.checks)
    before = found.before
    ids = tuple(one.finding_id for one in found.sightings)
    if before is None:
        return StoredIncident(
            incident_id=name,
            run_id=run.run_id,
            baseline=baseline,
            status=IncidentStatus.NEW if first_run == run.run_id else IncidentStatus.ONGOING,
            severity=severity,
            worst_severity=severity,
            cause=cause,
            finding_class=kind,
            origin=origin,
            opened_run=first_run,
            last_run=run.run_id,
            sentence=sentence,
            opened_at=run.at,
            last_seen_at=run.at,
            explains=explains,
            finding_ids=ids,
            checks=checks,
            times_before=sum((one.origin, one.cause) == (origin, cause) for one in known.values()),
            told_once=told_once,
            settles=settles,
        )
    return replace(
        before,
        run_id=run.run_id,
        status=IncidentStatus.ONGOING,
        severity=severity,
        worst_severity=max(severity, before.worst_severity, key=lambda severity: severity.rank),
        cause=cause,
        finding_class=kind,
        origin=origin,
        last_run=run.run_id,
        last_seen_at=run.at,
        sentence=sentence,
        explains=explains,
        finding_ids=ids,
        checks=checks,
        runs_seen=before.runs_seen + 1,
        told_once=told_once,
        settles=settles,
        ended_run=None,
        closed_by=None,
        closed_at=None,
        why=None,
    )


def _others(sightings: Sequence[Sighting]) -> tuple[str, ...]:
    """Return the columns beside the first finding's origin."""
    names = [name for one in sightings for name in (str(one.origin), *one.explains)]
    return tuple(name for name in dict.fromkeys(names) if name != str(sightings[0].origin))


def _sentence(checks: Sequence[FailingCheck]) -> str:
    worst = max(checks, key=lambda check: check.severity.rank)
    more = len(checks) - 1
    return worst.message if not more else f"{worst.message} So do{'es' if more == 1 else ''} {more} more."


def _is_over(incident: StoredIncident, run: SeenRun) -> bool:
    """Return whether a run that does not show an incident says that it is over."""
    if run.is_bad or not run.unknown.isdisjoint(incident.checks):
        return False
    table = incident.origin.table_key.whole
    stage_missing = incident.origin.table.startswith(":")
    return stage_missing or table in run.profiled or run.lacks(table)


def _over(incident: StoredIncident, run: SeenRun, baseline: str) -> StoredIncident:
    lasted = incident.settles and incident.runs_seen >= RUNS_TO_ACCEPT_A_LEVEL
    closing = Closing.EVENT if incident.told_once else Closing.NEW_LEVEL if lasted else Closing.HEALED
    table, why = incident.origin.table_key.whole, None
    if run.lacks(table):
        stage = table.table.startswith(":")
        why = f"{f'stage {table.stage}' if stage else table} is no longer in the configuration"
        closing = Closing.REMOVED
    status = IncidentStatus.RESOLVED if closing in {Closing.HEALED, Closing.REMOVED} else IncidentStatus.ACCEPTED
    return replace(
        incident,
        run_id=run.run_id,
        baseline=baseline,
        status=status,
        ended_run=run.run_id,
        closed_by=closing,
        closed_at=run.at,
        why=why,
    )
