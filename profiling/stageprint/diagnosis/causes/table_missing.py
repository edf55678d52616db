"""A table that the run should hold was not profiled."""

from __future__ import annotations

from typing import ClassVar

from stageprint.config.decision import Missing
from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.lacking import checks_lost, since_when
from stageprint.model import ColumnKey


class TableMissing(Cause):
    """A table of the configuration was not profiled in this run.

    Nothing is known about it: a fault in the table itself stays unseen, and a downstream fault cannot be traced into
    it. A run without findings here is not free of faults: the table was not looked at.

    Signature: the configuration has the table, the run has neither a profile of it nor one that failed, and the stage
    has other tables with a profile. A table that is `optional` in the configuration is never missing, nor is one that
    was removed from it. A run made by `stageprint merge` should hold the tables that it, or the previous merged run,
    was made of.

    Told apart from: `table_unreadable`: profiling was tried and failed; `stage_missing`: no table of the stage has a
    profile.

    Check:
        - Check whether the job that profiles this stage ran for this run, and with which `--stage` and `--table`.
        - If the comparison ran before all stages were profiled, profile the rest and compare again.
        - If the table no longer exists, remove it from the configuration.

    Fix: Profile the table (`stageprint profile --run RUN --stage STAGE --table TABLE`) and compare again. If runs may
    lack it, set `optional: true` in its configuration.

    Evidence:
        tables: the table.
        last_profiled: latest earlier run with a profile of it; null: none of the earlier runs that were read has one.
        checks_lost: declared checks of the table that could not be computed.
        tables_expected: tables that the run should hold.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import run_lacking
        >>> evidence, orders = run_lacking({"raw": ["orders", "customers"]}, absent=["raw.orders"])
        >>> TableMissing().explain(evidence, orders).evidence["last_profiled"]
        'run-1'
    """

    name: ClassVar[str] = "table_missing"
    family: ClassVar[Family] = "missing"
    level: ClassVar[Level] = "table"
    missing: ClassVar[Missing | None] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Look for the table among those that were not profiled."""
        coverage, table = evidence.coverage, origin.table_key
        if coverage is None or table not in coverage.absent or coverage.lacks_stage(table.stage):
            return None
        sentence = f"{table} was not profiled in this run and is not judged: {since_when(coverage, [table])}"
        figures = {
            "tables": [str(table)],
            "last_profiled": coverage.latest_profile([table]),
            "checks_lost": checks_lost(coverage, [table]),
            "tables_expected": len(coverage.expected),
        }
        return Fit(1.0, sentence, figures, finding_class="pipeline")
