"""Plants faults in real columns, each alone in a store of its own, and asks the product and its rivals."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa

from scripts.yardsticks.causes import naming
from scripts.yardsticks.columns import HISTORY, RealColumn
from scripts.yardsticks.judging import compact, judge, worst
from scripts.yardsticks.perturb import PAPER, Kind, SetUp, of_kind
from scripts.yardsticks.profiles import config_of, profiled
from scripts.yardsticks.rivals import Past
from stageprint.model import Finding, Severity
from stageprint.stores.memory import MemoryStore

HISTORIES: Final = (28, 7)
"""Numbers of runs before the one that faults are planted in."""

TABLE: Final = "rows"
HEALTHY: Final = "nothing"
"""Name of the set-up that changes nothing: what is found in it is false."""


@dataclass(frozen=True)
class Trial:
    """One run of one column, with one fault or none.

    Attributes:
        column: The column.
        kind: ``numeric`` or ``categorical``.
        history: Number of runs before it.
        fault: Class of the fault; `HEALTHY`: there is none.
        name: The set-up.
        touched: Share that it changes, in per cent.
        severity: The worst of the findings that people are told of in this run; empty: there is none. One that goes on
            since an earlier run was told then.
        causes: Causes of the findings at warning or above.
        naming: How they do; empty where there is no fault or no finding.
        rivals: Which rivals flag it.
        standing: The worst of all findings, those that go on since an earlier run included.
        source: Who thought of the fault; `perturb.PAPER` where there is none.
        rows_seen: Whether the fewest rows of an earlier run are no more than its rows, and the most no fewer.
    """

    column: str
    kind: str
    history: int
    fault: str
    name: str
    touched: int
    severity: str
    causes: tuple[str, ...]
    naming: str
    rivals: dict[str, bool]
    standing: str = ""
    source: str = PAPER
    rows_seen: bool = False

    @property
    def alert(self) -> bool:
        """Whether it has a finding at warning or above."""
        return self.severity in {Severity.WARNING.value, Severity.CRITICAL.value}


def trials(
    column: RealColumn, histories: Sequence[int] = HISTORIES, more: Callable[[Kind], Iterable[SetUp]] | None = None
) -> Iterator[Trial]:
    """Yield the trials of a column: its healthy runs, and every set-up of its kind in the first of them.

    Args:
        column: The column.
        histories: Numbers of runs before it.
        more: Set-ups of another generator for a kind of column; None: there are no others.
    """
    config = config_of("column", [TABLE])
    runs = list(column.runs)
    profiles = profiled(config, {run: {TABLE: _table(column, values)} for run, values in column.runs.items()})
    at = runs[HISTORY]
    faulty = {}
    for set_up in (*of_kind(column.kind), *(() if more is None else more(column.kind))):
        values = set_up.apply(column.runs[at], column.neighbour, _seeded(column, set_up))
        if values is not None:
            faulty[set_up] = values
    made = {
        set_up: profiled(config, {at: {TABLE: _table(column, values)}}, keep=False) for set_up, values in faulty.items()
    }
    for history in histories:
        first = HISTORY - history
        store = MemoryStore(config.pipeline)
        for _ in judge(config, profiles, runs[first:HISTORY], store):
            pass
        compact(store)
        past = Past([column.runs[run] for run in runs[first:HISTORY]])
        sizes = [len(column.runs[run]) for run in runs[first:HISTORY]]
        for set_up, values in faulty.items():
            ((_, findings),) = judge(config, made[set_up], [at], store.copy())
            seen = min(sizes) <= len(values) <= max(sizes)
            yield replace(_trial(column, history, set_up, findings, past.flags(values)), rows_seen=seen)
        for place, (run, findings) in enumerate(judge(config, profiles, runs[HISTORY:], store)):
            if run not in column.events:
                before = Past([column.runs[each] for each in runs[first : HISTORY + place]])
                yield _trial(column, history + place, None, findings, before.flags(column.runs[run]))


def _trial(
    column: RealColumn, history: int, set_up: SetUp | None, findings: Iterable[Finding], rivals: dict[str, bool]
) -> Trial:
    findings = list(findings)
    told = [finding for finding in findings if finding.status == "new"]
    named = sorted({finding.cause for finding in told if finding.severity.rank >= Severity.WARNING.rank})
    return Trial(
        column.key,
        column.kind,
        history,
        HEALTHY if set_up is None else set_up.fault,
        HEALTHY if set_up is None else set_up.name,
        0 if set_up is None else set_up.touched,
        _worst(told),
        tuple(named),
        naming(column.kind, set_up.fault, named) if set_up is not None and named else "",
        {name: bool(flag) for name, flag in rivals.items()},
        _worst(findings),
        PAPER if set_up is None else set_up.source,
    )


def _worst(findings: Iterable[Finding]) -> str:
    found = worst(finding.severity for finding in findings)
    return found.value if found.rank else ""


def _table(column: RealColumn, values: pa.Array) -> pa.Table:
    return pa.table({column.name: values})


def _seeded(column: RealColumn, set_up: SetUp) -> np.random.Generator:
    return np.random.default_rng(zlib.crc32(f"{column.key} {set_up.name}".encode()))


def write(found: Sequence[Trial], file: Path) -> None:
    """Write trials, one JSON object a line."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(asdict(trial)) + "\n" for trial in found), "utf-8")
