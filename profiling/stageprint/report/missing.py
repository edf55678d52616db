"""Which tables a run lacks, read from its findings, so that it can be said before anything else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from stageprint.model.coverage import missing_sentence
from stageprint.report.rows import Row


@dataclass(frozen=True, slots=True)
class Lacking:
    """The tables that a run lacks.

    Attributes:
        expected: Number of tables that the run should hold.
        tables: Missing table as ``stage.table`` → whether it could not be read (else it was not profiled).
    """

    expected: int
    tables: Mapping[str, bool]

    @property
    def sentence(self) -> str:
        """What is missing: ``2 of 11 tables are missing: raw.a (not profiled), raw.b (could not be read)``."""
        return missing_sentence(self.expected, self.tables)

    @property
    def not_profiled(self) -> int:
        """Number of tables that nobody tried to profile."""
        return sum(not failed for failed in self.tables.values())


def missing_tables(findings: Iterable[Row]) -> dict[str, Lacking]:
    """Return what each run lacks that lacks tables.

    Args:
        findings: Findings of any runs and baselines, with the keys of the JSON interface.
    """
    expected: dict[str, int] = {}
    missing: dict[str, dict[str, bool]] = {}
    for finding in findings:
        figures = finding["evidence"] or {}
        if "tables_expected" not in figures:
            continue
        run = finding["run_id"]
        expected[run] = int(figures["tables_expected"])
        errors = figures.get("errors") or {}
        missing.setdefault(run, {}).update({name: name in errors for name in figures["tables"]})
    return {run: Lacking(expected[run], tables) for run, tables in missing.items()}
