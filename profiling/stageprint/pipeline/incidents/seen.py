"""Turns what a comparison found into what incidents are made of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from stageprint.config.pipeline import PipelineConfig
from stageprint.model import CheckOutcome, Finding, TableKey
from stageprint.pipeline.incidents.chain import finding_status, settles, worst_first
from stageprint.pipeline.incidents.life import Advanced, FailingCheck, SeenRun, Sighting


def seen_runs(
    findings: Mapping[str, Sequence[Finding]],
    checks: Iterable[CheckOutcome],
    profiled: Mapping[str, frozenset[TableKey]],
    bad: Collection[str],
    config: PipelineConfig,
) -> dict[str, SeenRun]:
    """Return what the comparisons of runs saw.

    Args:
        findings: Run → its findings.
        checks: The outcomes of the runs' declared checks.
        profiled: Run → the tables that it has a profile of.
        bad: Runs that are marked as bad.
        config: The pipeline, with the tables that it has now.
    """
    now = dt.datetime.now(dt.timezone.utc)
    configured = frozenset(TableKey(stage.name, table.name) for stage, table in config.select())
    failing: dict[str, list[FailingCheck]] = {}
    unknown: dict[str, set[str]] = {}
    for one in checks:
        check = FailingCheck(one.key, one.check, one.severity, one.message)
        if one.status == "fail":
            failing.setdefault(one.run_id, []).append(check)
        elif one.status == "not_computable":
            unknown.setdefault(one.run_id, set()).add(check.name)
    return {
        run: SeenRun(
            run_id=run,
            at=now,
            profiled=profiled[run],
            findings=worst_first(map(_sighting, found)),
            failing=failing.get(run, []),
            unknown=frozenset(unknown.get(run, ())),
            is_bad=run in bad,
            configured=configured,
        )
        for run, found in findings.items()
    }


def with_incidents(findings: Iterable[Finding], said: Advanced) -> list[Finding]:
    """Return a run's findings with the incidents that they belong to."""
    stands = {one.incident_id: one for one in said.incidents}
    found = []
    for one in findings:
        incident = stands[said.of_finding[one.finding_id]]
        status = finding_status(incident)
        found.append(
            replace(one, incident_id=incident.incident_id, status=status, incident_status=incident.status.value)
        )
    return found


def _sighting(finding: Finding) -> Sighting:
    return Sighting(
        finding_id=finding.finding_id,
        origin=finding.origin,
        cause=finding.cause,
        finding_class=finding.finding_class,
        severity=finding.severity,
        first_run=finding.first_run,
        sentence=finding.sentence,
        explains=finding.explains,
        told_once=finding.told_once,
        settles=settles(finding.cause),
    )
