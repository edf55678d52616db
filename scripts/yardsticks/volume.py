"""Plants changes of volume in the real tables: ten times the rows, a tenth of them, half of them for two runs."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa

from scripts.yardsticks.judging import RUNS_BETWEEN_COMPACTIONS, compact, judge, worst
from scripts.yardsticks.profiles import Profiles, config_of, profiled, put, tables_of
from scripts.yardsticks.sets import RealSet
from stageprint.config.pipeline import PipelineConfig
from stageprint.model import Finding, Severity
from stageprint.pipeline.compare import compare
from stageprint.stores.memory import MemoryStore

AFTER: Final = (3, 10, 28, 45)
"""Numbers of earlier runs at which volume is changed."""

RECENT_RUNS: Final = 28
"""Half of the rows is no news where one of so many runs before had as few."""

CHANGES: Final[Mapping[str, float]] = {"rows × 10": 10.0, "rows ÷ 10": 0.1, "rows ÷ 2": 0.5}


@dataclass(frozen=True)
class VolumeTrial:
    """A change of a table's rows.

    Attributes:
        set: The set.
        table: The table.
        run: The first run that it was planted in.
        history: Number of runs before it.
        change: Key of `CHANGES`.
        seen_before: Whether one of the last 28 runs had as few rows, or as many.
        severities: The worst severity of a finding about the table, in each run it was planted in; empty: none.
    """

    set: str
    table: str
    run: str
    history: int
    change: str
    seen_before: bool
    severities: tuple[str, ...]

    @property
    def critical(self) -> bool:
        """Whether the first run has a critical finding."""
        return self.severities[0] == Severity.CRITICAL.value

    @property
    def told(self) -> bool:
        """Whether an alert speaks of it in one of its runs."""
        return bool({Severity.WARNING.value, Severity.CRITICAL.value} & set(self.severities))


def volume_trials(one: RealSet) -> Iterator[VolumeTrial]:
    """Yield the changes of volume in a set: each table, after each number of runs of `AFTER` that the set has."""
    rows = one.load()
    names = tables_of(rows)
    config = config_of(one.name, names)
    profiles = profiled(config, rows)
    runs = list(rows)
    store = MemoryStore(config.pipeline)
    for place, run in enumerate(runs[: max(AFTER) + 1]):
        if place in AFTER and place + 1 < len(runs):
            for table in names:
                for change in CHANGES:
                    yield _trial(one.name, rows, runs, place, table, change, config, store.copy())
        put(store, profiles, run)
        if place % RUNS_BETWEEN_COMPACTIONS == 0:
            compact(store)
        compare(config, [run], store=store)


def _trial(
    name: str,
    rows: Mapping[str, Mapping[str, pa.Table]],
    runs: Sequence[str],
    place: int,
    table: str,
    change: str,
    config: PipelineConfig,
    store: MemoryStore,
) -> VolumeTrial:
    factor = CHANGES[change]
    hit = runs[place : place + (2 if change == "rows ÷ 2" else 1)]
    made: Profiles = profiled(
        config,
        {run: {**rows[run], table: changed(rows[run][table], factor, run)} for run in hit if table in rows[run]},
        keep=False,
    )
    recent = [rows[run][table].num_rows for run in runs[max(0, place - RECENT_RUNS) : place] if table in rows[run]]
    size = rows[hit[0]][table].num_rows * factor
    return VolumeTrial(
        name,
        table,
        hit[0],
        place,
        change,
        min(recent) <= size <= max(recent),
        tuple(_worst(findings, table) for _, findings in judge(config, made, hit, store)),
    )


def changed(table: pa.Table, factor: float, run: str) -> pa.Table:
    """Return a table's rows so many times, or a share of them, chosen at random.

    Args:
        table: The rows.
        factor: A whole number from 1 on, or a share.
        run: Seeds the choice.
    """
    if factor >= 1:
        return pa.concat_tables([table] * int(factor))
    rng = np.random.default_rng(zlib.crc32(f"{run} {factor}".encode()))
    kept = np.sort(rng.permutation(table.num_rows)[: max(1, round(factor * table.num_rows))])
    return table.take(pa.array(kept))


def _worst(findings: Iterable[Finding], table: str) -> str:
    """Return the worst severity of the findings that begin in a table, or that explain it; empty: there is none."""
    about = [
        finding.severity
        for finding in findings
        if finding.origin.table == table or any(text.split(".")[1] == table for text in finding.explains)
    ]
    found = worst(about)
    return found.value if found.rank else ""


def figures(found: Sequence[VolumeTrial]) -> dict[str, dict[str, dict[str, int]]]:
    """Return for each set and change how many there were, are critical at once, and are told within their runs.

    Changes to a volume that was seen within the last 28 runs are left out.
    """
    made: dict[str, dict[str, dict[str, int]]] = {}
    for trial in found:
        if not trial.seen_before:
            one = made.setdefault(trial.set, {}).setdefault(trial.change, {"planted": 0, "critical": 0, "told": 0})
            one["planted"] += 1
            one["critical"] += trial.critical
            one["told"] += trial.told
    return made


def text(found: Mapping[str, Mapping[str, Mapping[str, int]]]) -> str:
    """Return the figures as a table for a terminal."""
    lines = [f"\n{'set':<24}{'change':<12}{'planted':>9}{'critical':>10}{'told':>6}"]
    lines += [
        f"{name:<24}{change:<12}{one['planted']:>9}{one['critical']:>10}{one['told']:>6}"
        for name, changes in found.items()
        for change, one in changes.items()
    ]
    return "\n".join(lines)
