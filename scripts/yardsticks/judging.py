"""Judges runs by the product's own comparison, in a store in memory, with its default configuration."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from scripts.yardsticks.profiles import STAGE, Profiles, put
from stageprint.config.pipeline import PipelineConfig
from stageprint.model import TABLE_LEVEL, Finding, Severity
from stageprint.pipeline.compare import compare
from stageprint.pipeline.tables import all_tables
from stageprint.stores.memory import MemoryStore

RUNS_BETWEEN_COMPACTIONS: Final = 8
"""Runs after which the small chunks of the store's tables are put together: changes no row, and is half the time."""


@dataclass(frozen=True)
class Alert:
    """A finding at warning or above.

    Attributes:
        run: The run that it was found in.
        table: Where it begins.
        column: Where it begins; empty: the whole table.
        severity: ``warning`` or ``critical``.
        cause: The cause it names.
        sentence: What people read.
        explains: Number of other columns and tables that it explains.
    """

    run: str
    table: str
    column: str
    severity: str
    cause: str
    sentence: str
    explains: int

    @property
    def critical(self) -> bool:
        """Whether it is critical."""
        return self.severity == Severity.CRITICAL.value

    @property
    def line(self) -> str:
        """The alert in one line."""
        return f"{self.run} {self.severity} {self.cause} {self.table}.{self.column or '*'}: {self.sentence}"


def alerts(findings: Iterable[Finding]) -> list[Alert]:
    """Return the findings at warning or above, the worst first."""
    return [
        Alert(
            finding.run_id,
            finding.origin.table,
            "" if finding.origin.column == TABLE_LEVEL else finding.origin.column,
            finding.severity.value,
            finding.cause,
            finding.sentence,
            len(finding.explains),
        )
        for finding in findings
        if finding.severity.rank >= Severity.WARNING.rank
    ]


def worst(severities: Iterable[Severity]) -> Severity:
    """Return the worst severity; NONE where there is none."""
    return max(severities, key=lambda severity: severity.rank, default=Severity.NONE)


def judge(
    config: PipelineConfig, profiles: Profiles, runs: Sequence[str], store: MemoryStore | None = None
) -> Iterator[tuple[str, list[Finding]]]:
    """Yield each run with its findings, oldest first; a run is put into the store just before it is compared.

    Args:
        config: The pipeline.
        profiles: Of the runs.
        runs: The runs to judge.
        store: What is there before them; None: nothing.
    """
    store = MemoryStore(config.pipeline) if store is None else store
    for number, run in enumerate(runs):
        put(store, profiles, run)
        if number % RUNS_BETWEEN_COMPACTIONS == 0:
            compact(store)
        yield run, compare(config, [run], store=store).findings


def compact(store: MemoryStore) -> None:
    """Put the chunks of each table of a store together; changes no row."""
    for table in all_tables():
        store.compact(table)


def where_of(alert: Alert) -> str:
    """Return where an alert begins, as ``stage.table.column``."""
    return f"{STAGE}.{alert.table}.{alert.column or '*'}"
