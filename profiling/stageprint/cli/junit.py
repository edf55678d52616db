"""What ``--format junit`` shows of runs, read from the store.

What writes XML is imported for that format alone: few commands are asked for it.
"""

# ruff: noqa: PLC0415 -- see above

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from stageprint.model import CheckOutcome
from stageprint.model.run_state import RunState
from stageprint.report.missing import missing_tables
from stageprint.report.rows import check_row

if TYPE_CHECKING:
    from stageprint.pipeline.results import Results
    from stageprint.report.junit import JunitRun


def junit_of_runs(results: Results, runs: Sequence[str]) -> list[JunitRun]:
    """Return what is known of runs, in their order; also that of some nothing can be said."""
    from stageprint.report.junit import JunitRun

    states, failed, judged = results.states(runs), results.failed_again(runs), results.judged(runs)
    tables, checks = results.table_rows(runs), results.check_rows(runs)
    ended = {row["run_id"]: row.get("ended_at") for row in results.runs()}
    accepted = results.accepted_by_person()
    found = []
    for run in runs:
        findings = results.findings(run)
        unclear = [] if states[run] is RunState.CURRENT else [f"run {run} {states[run].sentence}"]
        unclear += [] if unclear else [one.sentence for one in missing_tables(findings).values()]
        unclear += [f"{key} could not be profiled again: {error}" for key, error in failed.get(run, {}).items()]
        found.append(
            JunitRun(
                run,
                [row for row in tables if row["run_id"] == run],
                findings,
                [row for row in checks if row["run_id"] == run],
                judged.get(run),
                unclear,
                ended.get(run),
                accepted=accepted,
            )
        )
    return found


def junit_of_checks(runs: Sequence[str], checks: Iterable[CheckOutcome]) -> list[JunitRun]:
    """Return the results of declared checks alone, by run."""
    from stageprint.report.junit import JunitRun

    rows = [check_row(check) for check in checks]
    return [JunitRun(run, checks=[row for row in rows if row["run_id"] == run], compared=False) for run in runs]
