"""What an orchestrator is told of a run that was compared: plain values that every tool can keep and show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stageprint.api import compare_runs
from stageprint.config.loader import load_config
from stageprint.model import Severity, TableKey
from stageprint.model.figures import plural
from stageprint.model.finding import finding_object
from stageprint.model.json_values import plain_json
from stageprint.model.outcomes import CompareOutcome
from stageprint.report.rows import check_row, place, worst_of
from stageprint.report.text import words

NEVER = "never"
"""In place of the lowest severity that fails: none does."""


@dataclass(frozen=True, slots=True)
class JudgedRun:
    """A run after its comparison; all values are those of JSON.

    Attributes:
        pipeline: The pipeline.
        run_id: The run.
        findings: Its findings, the worst first, with the keys of ``findings --format json``.
        failed_checks: Its declared checks that failed, with the keys of ``check --format json``.
        failed_tables: Its tables that could not be profiled, as ``stage.table``, each with the error.
        learning: Its tables in which columns still learn, as ``stage.table``, each with how many.
        fail_on: Lowest severity that fails; None: none does.
    """

    pipeline: str
    run_id: str
    findings: list[dict[str, Any]]
    failed_checks: list[dict[str, Any]]
    failed_tables: dict[str, str]
    learning: dict[str, str]
    fail_on: Severity | None

    @property
    def worst_severity(self) -> str:
        """The worst severity of a finding or failed check: critical, warning, review or none."""
        return worst_of(row["severity"] for row in (*self.findings, *self.failed_checks))

    @property
    def fails(self) -> bool:
        """Whether a finding or failed check is at or above `fail_on`."""
        return self.fail_on is not None and Severity(self.worst_severity).rank >= self.fail_on.rank

    @property
    def sentence(self) -> str:
        """What was found, in one sentence without a full stop."""
        worst = next(iter(self.findings), None)
        found = plural(len(self.findings), "finding") if self.findings else "no findings"
        text = f"run {self.run_id}: {found}"
        if self.failed_checks:
            text += f", {plural(len(self.failed_checks), 'failed check')}"
        if self.failed_tables:
            text += f", {plural(len(self.failed_tables), 'table')} not profiled"
        if self.learning:
            text += f", {plural(len(self.learning), 'table')} still learning"
        return text if worst is None else f"{text}; first: {place(worst)}: {words(worst['cause'])}"

    def of_table(self, table: str) -> JudgedRun:
        """Return what is about one table, named ``stage.table``: what began in it, not what it only passed on."""

        def own(row: Mapping[str, Any]) -> bool:
            return f"{row['stage']}.{row['table']}" == table

        return JudgedRun(
            self.pipeline,
            self.run_id,
            [row for row in self.findings if own(row)],
            [row for row in self.failed_checks if own(row)],
            {name: error for name, error in self.failed_tables.items() if name == table},
            {name: text for name, text in self.learning.items() if name == table},
            self.fail_on,
        )

    def passed_on_to(self, table: str) -> list[str]:
        """Return the sentences of findings that began elsewhere and explain a shift in a table."""
        return [
            row["sentence"]
            for row in self.findings
            if f"{row['stage']}.{row['table']}" != table
            and any(name == table or name.startswith(f"{table}.") for name in row["explains"])
        ]

    def to_object(self) -> dict[str, Any]:
        """Return the run as a JSON object: keys are only ever added."""
        return {
            "pipeline": self.pipeline,
            "run_id": self.run_id,
            "worst_severity": self.worst_severity,
            "failed": self.fails,
            "findings": self.findings,
            "failed_checks": self.failed_checks,
            "failed_tables": self.failed_tables,
            "learning": self.learning,
        }


def compare_run(config: str | Path, run: str, baseline: str = "auto", fail_on: str | None = None) -> JudgedRun:
    """Compare a run and return what was found; results and alerts are written and sent as `compare` does.

    Args:
        config: The configuration file.
        run: The run; it must have been profiled.
        baseline: What it is compared with.
        fail_on: Lowest severity that fails, or ``never``; None: ``decision.fail_on`` of the configuration.

    Raises:
        StageprintError: The configuration is wrong, the run was not profiled, or the store cannot be read or written.
    """
    loaded = load_config(config)
    lowest = fail_on or loaded.decision.fail_on
    outcome = compare_runs(loaded, [run], baseline=baseline)
    return judged_run(loaded.pipeline, run, outcome, None if lowest == NEVER else Severity(lowest))


def judged_run(pipeline: str, run: str, outcome: CompareOutcome, fail_on: Severity | None) -> JudgedRun:
    """Return what a comparison said of one run."""
    coverage = outcome.coverage.get(run)
    judged = {} if coverage is None else coverage.judged
    return JudgedRun(
        pipeline=pipeline,
        run_id=run,
        findings=[plain_json(finding_object(one)) for one in outcome.findings if one.run_id == run],
        failed_checks=[
            plain_json(check_row(one)) for one in outcome.checks if one.run_id == run and one.status == "fail"
        ],
        failed_tables={str(one.key): str(one.error) for one in outcome.failed if one.run_id == run},
        learning={_name(key): one.explained for key, one in judged.items() if one.learning},
        fail_on=fail_on,
    )


def _name(key: TableKey) -> str:
    return f"{key.stage}.{key.table}"
