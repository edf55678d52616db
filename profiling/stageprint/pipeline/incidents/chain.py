"""Incidents over the runs of a store: what comparisons say of them, in the order of the runs, whenever they were made.

A run's rows of `incidents` follow from the rows of the runs before it, and from the run's own findings and checks. They
are written with the findings, and count together with them. Where a run before others is compared again, or two
commands compare at the same time, the rows of the runs after it are made anew from their stored findings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pyarrow as pa

from stageprint.diagnosis.base import cause_named
from stageprint.model import Severity
from stageprint.model.incident import Closing, StoredIncident
from stageprint.model.incident_tables import INCIDENTS
from stageprint.model.manifest import MANIFEST_ID, Manifest, ManifestKind
from stageprint.model.result_tables import CHECK_RESULTS, FINDINGS, MARKS
from stageprint.model.where import where
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.incidents.decisions import Decision, decisions_in, with_decisions
from stageprint.pipeline.incidents.life import Advanced, FailingCheck, SeenRun, Sighting, advance
from stageprint.pipeline.manifests import read_manifests
from stageprint.pipeline.profile_codec import key_from_row
from stageprint.pipeline.results import Results
from stageprint.ports import ProfileStore

_NEVER_USUAL: Final = frozenset({"missing", "boundary"})
"""Families of causes whose state does not become the usual one: what is missing, or stands still."""

_FINDING: Final = (
    *("run_id", "finding_id", "severity", "cause", "class", "stage", "table_name", "slice_key", "slice_value"),
    *("column_name", "first_run", "explains", "sentence", "told_once", "incident_id", "status"),
)
_CHECK: Final = (
    *("run_id", "stage", "table_name", "slice_key", "slice_value", "column_name", "check_name"),
    *("status", "severity", "message"),
)
Row = Mapping[str, Any]


def settles(cause: str) -> bool:
    """Return whether what a cause leaves may become the usual state."""
    known = cause_named(cause)
    return known is None or known.family not in _NEVER_USUAL


class IncidentChain:
    """The incidents of runs that were compared with one baseline.

    Args:
        store: The pipeline's store.
        order: ``run_order`` of the pipeline's configuration.
        baseline: What the runs were compared with.
        bad: Runs that are marked as bad.
    """

    def __init__(self, store: ProfileStore, order: str, baseline: str, bad: Iterable[str] = ()) -> None:
        self._raw = CommittedStore(store).raw
        self._order = order
        self._baseline = baseline
        self._bad = frozenset(bad)
        self._known: frozenset[str] = frozenset()
        self._runs: list[str] = []

    def advanced(self, fresh: Mapping[str, SeenRun]) -> dict[str, Advanced]:
        """Return what runs say of incidents.

        Args:
            fresh: Run → what its comparison, whose results do not count yet, saw.
        """
        state = self._read()
        self._known = frozenset(state.compared_ids)
        found = state.fold(fresh, fresh)
        return {run: found[run] for run in fresh}

    def settle(self, runs: Sequence[str], own: Iterable[str]) -> None:
        """Make the rows of later runs agree with those of runs that were just compared.

        Does nothing where no later run was compared before, and no other command has compared runs meanwhile.

        Args:
            runs: The runs.
            own: Identifiers of the manifests of their comparisons.

        Raises:
            StoreError: The store cannot be read or written.
        """
        now = {one.manifest_id: one.run_id for one in _comparisons(self._raw, self._baseline)}
        meanwhile = {run for name, run in now.items() if name not in self._known and name not in set(own)}
        first = min((self._runs.index(run) for run in runs), default=len(self._runs))
        later = set(self._runs[first:]) & set(now.values())
        if not meanwhile and later <= set(runs):
            return
        state = self._read()
        since = [run for run in self._runs if run in meanwhile.union(runs)]
        if since:
            self._rewrite(state, state.fold({}, since))

    def renew(self, runs: Iterable[str]) -> None:
        """Make the rows of compared runs, and of the runs after them, agree with what is stored of their checks.

        Runs that were not compared with the baseline are left alone: their rows would belong to no comparison.

        Raises:
            StoreError: The store cannot be read or written.
        """
        state = self._read()
        compared = [run for run in runs if run in state.comparisons]
        if compared:
            self._rewrite(state, state.fold(state.seen_now(compared), compared))

    def _rewrite(self, state: _State, found: Mapping[str, Advanced]) -> None:
        """Replace stored rows of `incidents` that say something else, and what findings say of their incident."""
        changed = [run for run, one in found.items() if not _same(one.incidents, state.of_run(run))]
        for run in changed:
            rows = _rows(self._raw.pipeline, found[run].incidents, state.manifest_id(run))
            here = where(run_id=run, baseline=self._baseline, manifest_id=state.manifest_id(run))
            self._raw.replace(INCIDENTS, rows, here)
        for run, one in found.items():
            said = {incident.incident_id: incident for incident in one.incidents}
            other = {
                name: (incident, finding_status(said[incident]))
                for name, incident in one.of_finding.items()
                if (incident, finding_status(said[incident])) != state.said_of(run, name)
            }
            if other:
                self._rewrite_findings(run, state.manifest_id(run), other)

    def _rewrite_findings(self, run: str, manifest: str | None, said: Mapping[str, tuple[str, str]]) -> None:
        here = where(run_id=run, baseline=self._baseline, manifest_id=manifest, finding_id=list(said))

        def changed() -> pa.Table:
            rows = self._raw.read(FINDINGS, here).to_pylist()
            named = ("incident_id", "status")
            return FINDINGS.rows({**row, **dict(zip(named, said[row["finding_id"]], strict=True))} for row in rows)

        self._raw.replace(FINDINGS, changed, here)

    def _read(self) -> _State:
        store = CommittedStore(self._raw)
        of_baseline = where(baseline=self._baseline)
        runs = Results(store, self._order).runs()
        self._runs = [row["run_id"] for row in runs]
        return _State(
            store=store,
            baseline=self._baseline,
            bad=self._bad,
            runs=runs,
            comparisons={one.run_id: one for one in _comparisons(self._raw, self._baseline)},
            stored=store.read(INCIDENTS, of_baseline).to_pylist(),
            decisions=decisions_in(store.read(MARKS).to_pylist()),
        )


@dataclass
class _State:
    """What the store holds."""

    store: CommittedStore
    baseline: str
    bad: frozenset[str]
    runs: Sequence[Row]
    comparisons: Mapping[str, Manifest]
    stored: Sequence[Row]
    decisions: Mapping[str, Sequence[Decision]]

    def __post_init__(self) -> None:
        self._place = {row["run_id"]: place for place, row in enumerate(self.runs)}
        self._merged = {row["run_id"]: bool(row["merged"]) for row in self.runs}
        self._rows: dict[str, list[Row]] = {}
        for row in self.stored:
            self._rows.setdefault(row["run_id"], []).append(row)
        self._of_incident: dict[str, list[Row]] = {}
        for row in self.stored:
            self._of_incident.setdefault(row["incident_id"], []).append(row)
        self._findings: dict[str, dict[str, Row]] = {}

    @property
    def compared_ids(self) -> list[str]:
        return [one.manifest_id for one in self.comparisons.values()]

    def manifest_id(self, run: str) -> str | None:
        """Return what the rows of a compared run carry."""
        found = self.comparisons[run]
        return found.manifest_id if found.names_rows else None

    def of_run(self, run: str) -> list[StoredIncident]:
        return [StoredIncident.from_row(row) for row in self._rows.get(run, ())]

    def said_of(self, run: str, finding: str) -> tuple[str | None, str | None]:
        row = self._findings.get(run, {}).get(finding, {})
        return row.get("incident_id"), row.get("status")

    def fold(self, fresh: Mapping[str, SeenRun], since: Iterable[str]) -> dict[str, Advanced]:
        """Return what each compared run says, from the first of some runs on."""
        ordered = [row["run_id"] for row in self.runs]
        first = min((self._place[run] for run in since), default=len(ordered))
        left = [run for run in ordered[first:] if run in fresh or run in self.comparisons]
        seen = {**self._seen([run for run in left if run not in fresh]), **fresh}
        found: dict[str, Advanced] = {}
        for merged in (False, True):
            state: dict[str, StoredIncident] = {}
            for run in ordered[:first]:
                if self._merged[run] is merged:
                    state |= {one.incident_id: one for one in self.of_run(run)}
            for run in (run for run in left if self._merged[run] is merged):
                one = advance(self.store.pipeline, self.baseline, state.values(), seen[run])
                told = tuple(self._decided(self._with_times(incident)) for incident in one.incidents)
                found[run] = replace(one, incidents=told)
                state |= {incident.incident_id: incident for incident in told}
        return found

    def _decided(self, incident: StoredIncident) -> StoredIncident:
        return with_decisions(incident, self.decisions.get(incident.incident_id, ()), self._place)

    def _with_times(self, incident: StoredIncident) -> StoredIncident:
        """Return an incident with the times at which the same was found before, so that comparing again keeps them."""
        known = self._of_incident.get(incident.incident_id, [])
        same = [row for row in known if row["run_id"] == incident.run_id]
        found = replace(incident, opened_at=min([incident.opened_at, *(row["opened_at"] for row in known)]))
        if same and same[0]["last_run"] == incident.last_run:
            found = replace(found, last_seen_at=same[0]["last_seen_at"])
        if same and same[0]["ended_run"] == incident.ended_run and same[0]["closed_at"] is not None:
            found = replace(found, closed_at=same[0]["closed_at"] if incident.closed_at else None)
        return found

    def seen_now(self, runs: Sequence[str]) -> dict[str, SeenRun]:
        """Return what is stored of compared runs, as if it had been seen just now."""
        now = dt.datetime.now(dt.timezone.utc)
        return {run: replace(one, at=now) for run, one in self._seen(runs).items()}

    def _seen(self, runs: Sequence[str]) -> dict[str, SeenRun]:
        """Return what the stored comparisons of runs saw."""
        if not runs:
            return {}
        rows = self.store.read(FINDINGS, where(run_id=runs, baseline=self.baseline), _FINDING).to_pylist()
        checks = self.store.read(CHECK_RESULTS, where(run_id=runs, status=["fail", "not_computable"]), _CHECK)
        findings: dict[str, list[Sighting]] = {}
        for row in rows:
            self._findings.setdefault(row["run_id"], {})[row["finding_id"]] = row
            findings.setdefault(row["run_id"], []).append(_sighting(row))
        failing: dict[str, list[FailingCheck]] = {}
        unknown: dict[str, set[str]] = {}
        for row in checks.to_pylist():
            check = _failing(row)
            if row["status"] == "fail":
                failing.setdefault(row["run_id"], []).append(check)
            else:
                unknown.setdefault(row["run_id"], set()).add(check.name)
        return {
            run: SeenRun(
                run_id=run,
                at=self.comparisons[run].finished_at or self.comparisons[run].started_at,
                profiled=self.comparisons[run].tables,
                findings=worst_first(findings.get(run, ())),
                failing=failing.get(run, []),
                unknown=frozenset(unknown.get(run, ())),
                is_bad=run in self.bad,
                removed=frozenset(
                    one.origin.table_key.whole for one in self.of_run(run) if one.closed_by is Closing.REMOVED
                ),
            )
            for run in runs
        }


def worst_first(sightings: Iterable[Sighting]) -> list[Sighting]:
    """Return sightings in an order that does not depend on how they were stored."""
    return sorted(sightings, key=lambda one: (-one.severity.rank, one.finding_id))


def finding_status(incident: StoredIncident) -> str:
    """Return what a finding of the incident's run says of itself: it is new in that run, or was there before.

    It is not read off how the incident stands, since a person may have accepted or resolved it.
    """
    return "new" if incident.opened_run == incident.run_id else "ongoing"


def _rows(pipeline: str, incidents: Iterable[StoredIncident], manifest: str | None) -> pa.Table:
    return INCIDENTS.rows({**one.to_row(pipeline), MANIFEST_ID: manifest} for one in incidents)


def _same(found: Iterable[StoredIncident], stored: Iterable[StoredIncident]) -> bool:
    return {one.incident_id: one for one in found} == {one.incident_id: one for one in stored}


def _comparisons(store: ProfileStore, baseline: str) -> list[Manifest]:
    """Return the comparisons with a baseline that count, one a run, in the order in which they ended."""
    found = [
        one
        for one in read_manifests(store)
        if one.kind is ManifestKind.COMPARISON and one.baseline == baseline and one.finished_at is not None
    ]
    ended = sorted(found, key=lambda one: (one.finished_at or one.started_at, one.manifest_id))
    return list({one.run_id: one for one in ended}.values())


def _sighting(row: Row) -> Sighting:
    return Sighting(
        finding_id=row["finding_id"],
        origin=key_from_row(row).column(row["column_name"]),
        cause=row["cause"],
        finding_class=row["class"],
        severity=Severity(row["severity"]),
        first_run=row["first_run"],
        sentence=row["sentence"],
        explains=tuple(row["explains"] or ()),
        told_once=bool(row["told_once"]),
        settles=settles(row["cause"]),
    )


def _failing(row: Row) -> FailingCheck:
    key = key_from_row(row).column(row["column_name"])
    return FailingCheck(key, row["check_name"], Severity(row["severity"]), row["message"])
