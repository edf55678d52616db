"""Writes the results of a comparison, so that all of them begin to count together."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from stageprint.model import CheckOutcome, Finding, TableKey
from stageprint.model.incident import StoredIncident
from stageprint.model.manifest import MANIFEST_ID, ManifestKind
from stageprint.model.result_tables import CALIBRATION, FINDINGS, INCIDENTS, SHIFTS
from stageprint.model.where import where
from stageprint.pipeline.check import ChecksWriter
from stageprint.pipeline.profile_codec import row_keys
from stageprint.pipeline.writing import Writing, Written, begin_together, finish_together
from stageprint.ports import ProfileStore, RowSource


class ComparisonWriter:
    """Writes the shifts, findings, scores and check results of the runs of one command.

    Args:
        store: The pipeline's store.
        runs: The runs.
        baseline: What they are compared with.
        made_from: Run → the profiles that are compared.
        declared: Tables with declared checks.
    """

    def __init__(
        self,
        store: ProfileStore,
        runs: Sequence[str],
        baseline: str,
        made_from: Mapping[str, str | None],
        declared: Iterable[TableKey],
    ) -> None:
        self._store = store
        self._runs = runs
        self._baseline = baseline
        self._results = Writing(store, ManifestKind.COMPARISON, runs, baseline=baseline, made_from=made_from)
        self._checks = ChecksWriter(store, runs, declared, made_from=self._results.ids)
        self._compared = False

    def begin(self) -> None:
        """Say in the store that the runs are being compared.

        Raises:
            StoreError: The store cannot be written.
        """
        begin_together([self._results, self._checks.part[0]])

    def facts(self, run: str) -> dict[str, str]:
        """Return the columns that are the same in all rows of a run."""
        keys = {"pipeline": self._store.pipeline, "run_id": run, "baseline": self._baseline}
        return {**keys, MANIFEST_ID: self._results.ids[run]}

    @property
    def manifest_ids(self) -> list[str]:
        """The identifiers of the manifests that name the results."""
        return list(self._results.ids.values())

    def write(
        self,
        shifts: RowSource,
        findings: Iterable[Finding],
        incidents: Iterable[StoredIncident],
        scores: Iterable[pa.Table],
    ) -> None:
        """Write results, in one commit per result table.

        Args:
            shifts: Rows of `shifts`, with `facts`.
            findings: The findings.
            incidents: What the runs say of incidents.
            scores: Rows of `calibration`, with `facts`.

        Raises:
            StoreError: The store cannot be written.
        """
        which = where(run_id=self._runs, baseline=self._baseline)
        self._results.append(SHIFTS, shifts, which)
        self._results.append(FINDINGS, self._finding_rows(findings), which)
        rows = self._incident_rows(incidents)
        if rows.num_rows:  # most runs have none: no commit is made for nothing
            self._results.append(INCIDENTS, rows, which)
        self._results.append(CALIBRATION, pa.concat_tables([CALIBRATION.empty(), *scores]), which)

    def write_findings(self, findings: Iterable[Finding], incidents: Iterable[StoredIncident]) -> None:
        """Write findings and what the runs say of incidents, in place of what this command has written of them.

        Raises:
            StoreError: The store cannot be written.
        """
        which = where(run_id=self._runs, baseline=self._baseline)
        self._results.replace(FINDINGS, self._finding_rows(findings), which)
        self._results.replace(INCIDENTS, self._incident_rows(incidents), which)

    def _incident_rows(self, incidents: Iterable[StoredIncident]) -> pa.Table:
        return self._results.signed(INCIDENTS.rows(one.to_row(self._store.pipeline) for one in incidents))

    def _finding_rows(self, findings: Iterable[Finding]) -> pa.Table:
        now = dt.datetime.now(dt.timezone.utc)
        rows = FINDINGS.rows(finding_row(self._store.pipeline, self._baseline, one, now) for one in findings)
        return self._results.signed(rows)

    def write_checks(self, checks: Sequence[CheckOutcome]) -> None:
        """Write the results of the declared checks.

        Raises:
            StoreError: The store cannot be written.
        """
        self._checks.write(checks)

    def finish_comparison(self, compared: Mapping[str, Written]) -> None:
        """Let the results count before those of the checks.

        Args:
            compared: What was compared, by run.

        Raises:
            StoreError: The store cannot be written.
        """
        self._results.finish(compared)
        self._compared = True

    def finish(self, compared: Mapping[str, Written]) -> None:
        """Let everything count that does not yet.

        Args:
            compared: What was compared, by run.

        Raises:
            StoreError: The store cannot be written.
        """
        results = [] if self._compared else [(self._results, compared)]
        finish_together([*results, self._checks.part])


def finding_row(pipeline: str, baseline: str, finding: Finding, now: dt.datetime) -> dict[str, Any]:
    """Return a finding as a row of `findings`.

    Args:
        pipeline: The pipeline.
        baseline: What its run was compared with.
        finding: The finding.
        now: When it was found.
    """
    return {
        **row_keys(pipeline, finding.run_id, finding.origin.table_key),
        "finding_id": finding.finding_id,
        "severity": finding.severity.value,
        "cause": finding.cause,
        "class": finding.finding_class,
        "column_name": finding.origin.column,
        "first_run": finding.first_run,
        "explains": list(finding.explains),
        "confidence": finding.confidence,
        "alternatives": list(finding.alternatives),
        "evidence": json.dumps(finding.evidence, default=str),
        "sentence": finding.sentence,
        "beside": list(finding.beside),
        "told_once": finding.told_once,
        "baseline": baseline,
        "found_at": now,
        "incident_id": finding.incident_id,
        "status": finding.status,
        "changes": [one.to_row() for one in finding.changes],
    }
