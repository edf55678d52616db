"""A whole stage is missing from the run."""

from __future__ import annotations

from typing import ClassVar

from stageprint.config.decision import Missing
from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.lacking import checks_lost, since_when
from stageprint.model import STAGE_LEVEL, ColumnKey
from stageprint.model.figures import listing


class StageMissing(Cause):
    """No table of a stage has a profile in this run.

    The stage did not run, or it ran and was not profiled. Nothing is known about its tables, and downstream faults
    cannot be traced into it or through it.

    Signature: the configuration has the stage, and the run has no profile of any of its tables: none was tried, or the
    stage has several and all failed. Tables that are `optional` in the configuration do not count. It is one finding,
    and its evidence names the tables.

    Told apart from: `table_missing` and `table_unreadable`: other tables of the stage have a profile; a stage of one
    table that could not be read: that is `table_unreadable`.

    Check:
        - Check whether the stage itself ran for this run.
        - Check whether the job that profiles it ran, with which `--stage`, and whether it finished.
        - If all its tables failed, look for what they share: a folder, a mount, a credential, a catalog.

    Fix: Run the stage if it did not run, profile it (`stageprint profile --run RUN --stage STAGE`) and compare again.
    If the stage no longer exists, remove it from the configuration.

    Evidence:
        tables: the tables of the stage.
        errors: for the tables that could not be read: what failed.
        last_profiled: latest earlier run with a profile of one of them; null: no earlier run that was read has one.
        checks_lost: declared checks of these tables that could not be computed.
        tables_expected: tables that the run should hold.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import run_lacking
        >>> gone = ["features.orders", "features.customers"]
        >>> evidence, stage = run_lacking({"raw": ["orders"], "features": ["orders", "customers"]}, absent=gone)
        >>> StageMissing().explain(evidence, stage).evidence["tables"]
        ['features.orders', 'features.customers']
    """

    name: ClassVar[str] = "stage_missing"
    family: ClassVar[Family] = "missing"
    level: ClassVar[Level] = "stage"
    missing: ClassVar[Missing | None] = "stage"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Look whether any table of the stage has a profile."""
        coverage = evidence.coverage
        if coverage is None or origin.table != STAGE_LEVEL or not coverage.lacks_stage(origin.stage):
            return None
        tables = coverage.of_stage(origin.stage)
        errors = {str(key): coverage.failed[key] for key in tables if key in coverage.failed}
        names = listing([key.table for key in tables])
        since = since_when(coverage, tables)
        if not errors:
            sentence = (
                f"No table of stage {origin.stage} ({names}) was profiled in this run, and none is judged: {since}"
            )
        else:
            first = next(iter(errors))
            tried = "could be read" if len(errors) == len(tables) else "has a profile"
            sentence = (
                f"No table of stage {origin.stage} ({names}) {tried} in this run, and none is judged ({since}): "
                f"{first} failed with {errors[first].rstrip('.')}"
            )
        figures = {
            "tables": [str(key) for key in tables],
            "errors": errors,
            "last_profiled": coverage.latest_profile(tables),
            "checks_lost": checks_lost(coverage, tables),
            "tables_expected": len(coverage.expected),
        }
        return Fit(1.0, sentence, figures, finding_class="pipeline")
