"""Proposes checks for a whole table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from itertools import pairwise
from math import ceil, exp, floor
from statistics import median
from typing import Any, Final, TypeAlias

from stageprint.checks._keys import KEY_SEPARATOR
from stageprint.checks._margins import MAX_BOUND_RATIO, MIN_ROWS_LOG_MARGIN, MISS_PROBABILITY, ratio_prediction
from stageprint.checks._text import percent
from stageprint.checks.base import CheckContext
from stageprint.checks.freshness import age_of
from stageprint.checks.key_unique import KeyUniqueCheck, KeyUniqueParameters
from stageprint.config.run_dates import run_date
from stageprint.model import Severity, TableProfile
from stageprint.model.durations import duration
from stageprint.model.epoch import microseconds_of
from stageprint.model.figures import plural

Proposal: TypeAlias = tuple[str, None, Mapping[str, Any], Severity, str]

_MICROSECOND = dt.timedelta(microseconds=1)
_HOUR = dt.timedelta(hours=1)

MIN_ADVANCES: Final = 2
"""Runs with a newer event than the run before, from which on events are known to arrive with the runs."""


def table_proposals(history: Mapping[str, TableProfile]) -> Iterator[Proposal]:
    """Yield proposals as (check, None, parameters, severity, evidence)."""
    runs = list(history.values())
    yield from _schema(runs)
    yield from _row_count(runs)
    yield from _keys(runs)
    yield from _freshness(history)


def _schema(runs: list[TableProfile]) -> Iterator[Proposal]:
    last = {field.name: field.data_type for field in runs[-1].schema}
    every = [{field.name: field.data_type for field in run.schema} for run in runs]
    common = {name: kind for name, kind in last.items() if all(run.get(name) == kind for run in every)}
    if not common or any(len(run) < len(profile.schema) for run, profile in zip(every, runs, strict=True)):
        return
    orders = {tuple(run) for run in every}
    if len(orders) == 1 and len(common) == len(last):
        mode, what = {}, "the same columns, types and order"
    elif all(run == last for run in every):
        mode, what = {"mode": "any_order"}, "the same columns and types, in changing order"
    else:
        mode, what = {"mode": "additive"}, f"the same {plural(len(common), 'column')} and types, others came and went,"
    yield "schema", None, {"columns": common, **mode}, Severity.CRITICAL, f"{what} in {plural(len(runs), 'run')}"


def _row_count(runs: list[TableProfile]) -> Iterator[Proposal]:
    rows = [run.rows for run in runs]
    if not all(rows):
        return
    between = f"{min(rows):,}" if min(rows) == max(rows) else f"{min(rows):,} to {max(rows):,}"
    seen = f"{between} rows in {plural(len(runs), 'run')}"
    low, high = ratio_prediction(rows)
    bounds = {}
    if low * MAX_BOUND_RATIO > min(rows):
        bounds["min"] = max(1, floor(min(low, min(rows) * exp(-MIN_ROWS_LOG_MARGIN))))
    if high < MAX_BOUND_RATIO * max(rows):
        bounds["max"] = ceil(max(high, max(rows) * exp(MIN_ROWS_LOG_MARGIN)))
    if not bounds:
        yield "row_count", None, {"min": 1}, Severity.CRITICAL, f"never empty: {seen}"
        return
    margin = f"bounds: prediction interval for one more run at {percent(1 - MISS_PROBABILITY)}, 10 % at least"
    yield "row_count", None, bounds, Severity.WARNING, f"{seen}; {margin}"


def _keys(runs: list[TableProfile]) -> Iterator[Proposal]:
    for name in runs[-1].keys:
        columns = (name,) if name in runs[-1].columns else tuple(name.split(KEY_SEPARATOR))
        check = KeyUniqueCheck(KeyUniqueParameters(key=columns))
        if all(name in run.keys and check.evaluate(CheckContext(run, "")).status == "pass" for run in runs):
            total = plural(sum(run.rows for run in runs), "row")
            evidence = f"no key twice in any of {plural(len(runs), 'run')}, {total} in all"
            yield "key_unique", None, {"key": list(columns)}, Severity.CRITICAL, evidence


def _freshness(history: Mapping[str, TableProfile]) -> Iterator[Proposal]:
    dates = [run_date(run) for run in history]
    newest = [run.facts.get("event_time_max") for run in history.values()]
    ages, days, moments = [], [], []
    for date, event in zip(dates, newest, strict=True):
        if date is None or not isinstance(event, dt.datetime):
            return
        when = event if event.tzinfo is not None else event.replace(tzinfo=dt.timezone.utc)
        moments.append(microseconds_of(when))
        ages.append(age_of(moments[-1], date) * _MICROSECOND)
        days.append(date)
    events = [event for _, event in sorted(zip(days, moments, strict=True))]
    if sum(before < after for before, after in pairwise(events)) < MIN_ADVANCES:
        return
    days.sort()
    usual = dt.timedelta(days=median((later - earlier).days for earlier, later in pairwise(days)))
    margin = max(usual / 2, max(ages) - min(ages))
    most = max(dt.timedelta(0), max(ages) + margin)
    hours = ceil(most / _HOUR)
    evidence = (
        f"newest event {duration(min(ages))} to {duration(max(ages))} old at the end of the logical date in "
        f"{plural(len(ages), 'run')}; margin {duration(margin)}: half the time between runs, or the ages' own range"
    )
    yield "freshness", None, {"max_age": f"{hours}h"}, Severity.WARNING, evidence
