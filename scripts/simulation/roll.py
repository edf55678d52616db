"""Applies the decision rule of the product to simulated runs, one after the other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from scripts.simulation.measures import FIRST_DAY, measure_run, names_of
from scripts.simulation.observe import Observed
from stageprint.config.decision import DecisionSettings
from stageprint.decision import MAX_BACKTESTS, Calibration, RunPart, VariancePool, previous_of
from stageprint.decision.history import MAX_SUSPECT_P
from stageprint.decision.references import Run, choose, excluded_runs
from stageprint.model import Severity

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


PUBLISHED = DecisionSettings(false_findings_per_run=1)
"""The level of the published figures of large stores: one false alert in a run of 100,000 columns."""


@dataclass(frozen=True)
class Known:
    """What a store knows of its columns as a whole, by which each of them is decided.

    Attributes:
        past: Scores of earlier runs.
        pool: What the columns vary by.
    """

    past: Calibration
    pool: VariancePool


NOTHING_KNOWN = Known(Calibration(), {})
"""Of a store that is only just begun."""


@dataclass(frozen=True)
class Decided:
    """The decisions of one run.

    Attributes:
        run: The run.
        shifts: The decisions.
        rank: Largest rank of the severities of each column; tables follow the columns.
        known: What its columns were decided by.
    """

    run: int
    shifts: pa.Table
    rank: Ints
    known: Known


def days(count: int) -> list[Run]:
    """Return runs a day apart, named by their numbers."""
    return [Run(str(number), FIRST_DAY + dt.timedelta(days=number)) for number in range(count)]


def roll(
    observed: Observed, settings: DecisionSettings | None = None, otherwise: Sequence[Observed] = ()
) -> Iterator[Decided]:
    """Decide run after run, as ``stageprint compare`` does: a flagged run of a column is none of its references.

    Args:
        observed: The profiles.
        settings: Of the decision rule; None: `PUBLISHED`.
        otherwise: Profiles that differ in the last run only. Their last runs are decided after that of `observed`, each
            as if it were the one that came.
    """
    settings = settings or PUBLISHED
    runs = days(observed.world.runs)
    names = names_of(observed)
    places = {name: place for place, name in enumerate(names["column_name"][: observed.world.columns].to_pylist())}
    flags: dict[int, set[str]] = {}
    alerting: dict[int, set[str]] = {}
    suspect: dict[int, set[str]] = {}
    previous = None
    scores: list[Calibration] = []
    for run in range(observed.world.runs):
        plans = _plans(runs, run, flags, observed.world.columns)
        past = Calibration.merge(scores[-MAX_BACKTESTS:])
        before = previous
        part = RunPart(measure_run(observed, run, plans).table(names), previous, settings, past)
        pool = part.variance_pool()
        shifts = part.decide(pool, part.hypotheses(pool))
        scores.append(part.scores(pool, shifts))
        previous = previous_of(shifts)
        rank = _ranks(shifts, places, observed.world.columns)
        for column in np.flatnonzero(rank >= Severity.WARNING.rank):
            alerting.setdefault(int(column), set()).add(str(run))
        for name in suspect_columns(shifts):
            if name in places:
                suspect.setdefault(places[name], set()).add(str(run))
        flags = {
            column: excluded_runs(ids, alerting.get(column, set()), suspect.get(column, set()))
            for column in {*alerting, *suspect}
            for ids in [[str(number) for number in range(run + 1)]]
        }
        yield Decided(run, shifts, rank, Known(past, pool))
        if run < observed.world.runs - 1:
            continue
        for variant in otherwise:
            part = RunPart(measure_run(variant, run, plans).table(names), before, settings, past)
            pool = part.variance_pool()
            shifts = part.decide(pool, part.hypotheses(pool))
            yield Decided(run, shifts, _ranks(shifts, places, observed.world.columns), Known(past, pool))


def suspect_columns(shifts: pa.Table) -> set[str]:
    """Return the names of the columns that are suspect after these decisions."""
    near = shifts.filter(pc.fill_null(pc.less_equal(shifts["p_value"], MAX_SUSPECT_P), False))
    return set(near["column_name"].to_pylist())


def _plans(
    runs: list[Run], run: int, flags: Mapping[int, set[str]], columns: int
) -> dict[tuple[tuple[str, tuple[int, ...]], ...], Ints]:
    usual = _plan(runs, run, set())
    plans: dict[tuple[tuple[str, tuple[int, ...]], ...], list[int]] = {usual: []}
    others = np.ones(columns, dtype=bool)
    for column, flagged in flags.items():
        plan = _plan(runs, run, flagged)
        if plan != usual:
            plans.setdefault(plan, []).append(column)
            others[column] = False
    found = {plan: np.sort(np.array(members, dtype=np.int64)) for plan, members in plans.items() if plan != usual}
    return {usual: np.flatnonzero(others), **found}


def _plan(runs: list[Run], run: int, flagged: set[str]) -> tuple[tuple[str, tuple[int, ...]], ...]:
    chosen = choose(runs[:run], runs[run], flagged=flagged)
    return tuple((name, tuple(int(each) for each in ids)) for name, ids in chosen.items())


def _ranks(shifts: pa.Table, places: Mapping[str, int], columns: int) -> Ints:
    rank = np.zeros(columns, dtype=np.int64)
    flagged = shifts.filter(pc.not_equal(shifts["severity"], Severity.NONE.value))
    for name, severity in zip(flagged["column_name"].to_pylist(), flagged["severity"].to_pylist(), strict=True):
        if name in places:
            rank[places[name]] = max(rank[places[name]], Severity(severity).rank)
    return rank
