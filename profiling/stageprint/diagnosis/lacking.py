"""What causes say of tables and checks that a run lacks."""

from __future__ import annotations

from collections.abc import Sequence

from stageprint.model import CheckOutcome, Coverage, Lack, TableKey

EXPLAINED = frozenset({Lack.PROFILE, Lack.HISTORY})
"""A missing table is a finding of its own; without an earlier run there is nothing to compare with yet."""


def since_when(coverage: Coverage, tables: Sequence[TableKey]) -> str:
    """Return which run last profiled one of the tables, as a clause."""
    last = coverage.latest_profile(tables)
    return "no earlier run has a profile either" if last is None else f"last profiled in run {last}"


def checks_lost(coverage: Coverage, tables: Sequence[TableKey]) -> int:
    """Return the number of declared checks that could not be computed because their tables have no profile."""
    return sum(check.key.table_key in tables for check in coverage.checks)


def unexplained_checks(coverage: Coverage, table: TableKey) -> list[CheckOutcome]:
    """Return the checks of a table that could not be computed for a reason of their own."""
    return [check for check in coverage.checks if check.key.table_key == table and check.lacks not in EXPLAINED]
