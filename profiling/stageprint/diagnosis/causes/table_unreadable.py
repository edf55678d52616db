"""A table could not be read."""

from __future__ import annotations

from typing import ClassVar

from stageprint.config.decision import Missing
from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.lacking import checks_lost, since_when
from stageprint.model import ColumnKey


class TableUnreadable(Cause):
    """A table could not be profiled: its source is missing, damaged, or cannot be reached.

    Nothing is known about the table in this run. Whatever reads it next may fail as well, or go on with what it can
    read: half of the files, or none.

    Signature: the run holds a failed profile of the table, with the error.

    Told apart from: `table_missing`: nobody tried to profile it; `stage_missing`: no table of the stage has a profile;
    `partial_load`: the table was read, but is short.

    Check:
        - Read the error: does the source exist, may this job read it, is a file damaged?
        - Look at the source itself: its newest files, their sizes, and whether the job that writes it finished.
        - See which other tables failed in the same run: they may share a credential, a mount or a network.

    Fix: Repair or restore the source, profile the table again and compare again. Results computed from it in the
    meantime may have to be recomputed.

    Evidence:
        tables: the table.
        errors: what failed, in one line, by table.
        last_profiled: latest earlier run with a profile of it; null: none of the earlier runs that were read has one.
        checks_lost: declared checks of the table that could not be computed.
        tables_expected: tables that the run should hold.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import run_lacking
        >>> failed = {"raw.orders": "data/raw/orders: no such folder"}
        >>> evidence, orders = run_lacking({"raw": ["orders", "customers"]}, failed=failed)
        >>> TableUnreadable().explain(evidence, orders).evidence["errors"]
        {'raw.orders': 'data/raw/orders: no such folder'}
    """

    name: ClassVar[str] = "table_unreadable"
    family: ClassVar[Family] = "missing"
    level: ClassVar[Level] = "table"
    missing: ClassVar[Missing | None] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Look for the table among those whose profile failed."""
        coverage, table = evidence.coverage, origin.table_key
        if coverage is None or table not in coverage.failed or coverage.lacks_stage(table.stage):
            return None
        error = coverage.failed[table]
        sentence = f"{table} could not be read and is not judged ({since_when(coverage, [table])}): {error.rstrip('.')}"
        figures = {
            "tables": [str(table)],
            "errors": {str(table): error},
            "last_profiled": coverage.latest_profile([table]),
            "checks_lost": checks_lost(coverage, [table]),
            "tables_expected": len(coverage.expected),
        }
        return Fit(1.0, sentence, figures)
