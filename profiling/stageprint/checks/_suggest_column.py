"""Proposes checks for one column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations, pairwise
from math import isfinite
from typing import Any, Final, TypeAlias

from stageprint.checks._margins import (
    MAX_BOUND_RATIO,
    MISS_PROBABILITY,
    lowest_expected_share,
    prediction,
    ratio_prediction,
    round_outward,
)
from stageprint.checks._text import number, percent
from stageprint.checks.base import CheckContext
from stageprint.checks.unique import UniqueCheck, UniqueParameters
from stageprint.model import NUMERIC, ColumnKind, ColumnProfile, Severity, TableProfile
from stageprint.model.figures import plural
from stageprint.shifts import MIN_INVARIANT_RUNS
from stageprint.states.counts import CountsState
from stageprint.states.extremes import ExtremesState
from stageprint.states.frequent_items import MAX_CHARACTERS, FrequentItemsState
from stageprint.states.kll import KllState
from stageprint.states.lengths import LengthsState
from stageprint.states.value_counts import ValueCountsState

Proposal: TypeAlias = tuple[str, Mapping[str, Any], Severity, str]

MIN_ROWS_WITHOUT_NULL: Final = 300
"""Without a null in this many rows, the true share of nulls is below 1 % with 95 % confidence."""

MIN_COMPLETENESS: Final = 0.2
MAX_LABELS: Final = 50
MIN_ROWS_PER_LABEL: Final = 10
MIN_ROWS_AT_END: Final = 10
"""Rows that hold a column's extreme in every run, so that it is the end of the domain and not one row's value."""

NATURAL_ENDS: Final = frozenset({0, 1, 100})
MIN_EXPECTED_REPEATS: Final = 10
"""Expected number of pairs of equal values if the values were random in the column's range."""
MIN_IDENTIFIER_ROWS: Final = 100


def column_proposals(path: str, tables: Sequence[TableProfile]) -> Iterator[Proposal]:
    """Yield proposals for a column as (check, parameters, severity, evidence).

    Args:
        path: A column that every run has.
        tables: The profiles of the runs, oldest first; each has rows.
    """
    every = [table.columns[path] for table in tables]
    if any(column.state(CountsState) is None for column in every):
        return
    columns = _different(every)
    counts = [state for column in columns if (state := column.state(CountsState)) is not None]
    runs = plural(len(every), "run") + (f", {len(columns)} of them different" if len(columns) < len(every) else "")
    yield from _nulls(counts, runs)
    if len({column.kind for column in columns}) > 1 or not all(count.values for count in counts):
        return
    if _is_unique(path, tables):
        yield from _unique(columns, counts, runs)
    elif len(columns) >= MIN_INVARIANT_RUNS and columns[0].kind is ColumnKind.STRING:
        yield from _labels(columns, runs)
    elif len(columns) >= MIN_INVARIANT_RUNS and columns[0].kind in NUMERIC:
        yield from _range(columns, runs)


def _different(columns: Sequence[ColumnProfile]) -> list[ColumnProfile]:
    """Return the column in each run that does not repeat the values of an earlier run, oldest first."""
    different: dict[tuple[str, bytes], ColumnProfile] = {}
    for column in columns:
        # A KLL sketch retains random values; every other state is a function of the values.
        states = (column.states[name].to_bytes() for name in sorted(column.states) if name != KllState.name)
        different.setdefault((column.data_type, b"".join(states)), column)
    return list(different.values())


def _nulls(counts: Sequence[CountsState], runs: str) -> Iterator[Proposal]:
    rows = sum(count.rows for count in counts)
    if not any(count.nulls for count in counts):
        if rows >= MIN_ROWS_WITHOUT_NULL:
            sure = f"true share under {percent(3 / rows)} at 95 % (rule of three)"
            yield "not_null", {}, Severity.CRITICAL, f"never null in {runs}, {plural(rows, 'row')}: {sure}"
        return
    if len(counts) < MIN_INVARIANT_RUNS:
        return
    shares = [(count.rows - count.nulls) / count.rows for count in counts]
    # Truncated, not rounded: the bound must not exceed the smallest share seen.
    least = int(lowest_expected_share(shares) * 1000) / 1000
    if least >= MIN_COMPLETENESS:
        seen = f"{percent(min(shares))} to {percent(max(shares))} not null in {runs}, {plural(rows, 'row')}"
        evidence = f"{seen}; floor: prediction interval for one more run at {percent(1 - MISS_PROBABILITY)}"
        yield "completeness", {"min_share": least}, Severity.WARNING, evidence


def _is_unique(path: str, tables: Sequence[TableProfile]) -> bool:
    check = UniqueCheck(UniqueParameters(), path)
    return all(check.evaluate(CheckContext(table, "")).status == "pass" for table in tables)


def _unique(columns: Sequence[ColumnProfile], counts: Sequence[CountsState], runs: str) -> Iterator[Proposal]:
    if columns[0].kind is ColumnKind.INTEGER:
        repeats = [_expected_repeats(column, count.values) for column, count in zip(columns, counts, strict=True)]
        if min(repeats) < MIN_EXPECTED_REPEATS:
            return
        why = f"values drawn at random from its range would have repeated {min(repeats):,.0f} times or more in each"
    elif columns[0].kind is ColumnKind.STRING:
        lengths = [state for column in columns if (state := column.state(LengthsState)) is not None]
        fixed = len({bound for state in lengths for bound in (state.minimum, state.maximum)}) == 1
        if not fixed or min(count.values for count in counts) < MIN_IDENTIFIER_ROWS:
            return
        why = f"texts of one length, {lengths[0].maximum} characters, as identifiers have"
    else:
        return
    total = plural(sum(count.values for count in counts), "value")
    evidence = f"no value twice in {runs}, {total} in all; {why}"
    yield "unique", {}, Severity.CRITICAL, evidence


def _expected_repeats(column: ColumnProfile, rows: int) -> float:
    extremes = column.state(ExtremesState)
    if extremes is None or not isinstance(extremes.minimum, int) or not isinstance(extremes.maximum, int):
        return 0.0
    return rows * (rows - 1) / 2 / (extremes.maximum - extremes.minimum + 1)


def _labels(columns: Sequence[ColumnProfile], runs: str) -> Iterator[Proposal]:
    seen = Counter[str]()
    first: dict[str, int] = {}
    every: list[set[str]] = []
    for run, column in enumerate(columns):
        items = column.state(FrequentItemsState)
        if items is None or not items.complete:
            return
        labels = [item.item for item in items.items()]
        if items.rows < MIN_ROWS_PER_LABEL * len(labels):
            return
        seen.update(labels)
        every.append(set(labels))
        first = dict.fromkeys(labels, run) | first
    # A label that came late, or took the place of others, such as a version or a batch: another one may follow.
    if 2 * max(first.values()) >= len(columns) or any(one.isdisjoint(other) for one, other in combinations(every, 2)):
        return
    if not 1 < len(seen) <= MAX_LABELS or min(seen.values()) < 2 or max(map(len, seen)) >= MAX_CHARACTERS:
        return
    least = plural(min(seen.values()), "run")
    evidence = (
        f"{plural(len(seen), 'label')} in {runs}, all counted, each in at least {least}: none is left to be expected "
        "(Good–Turing)"
    )
    yield "accepted_values", {"values": sorted(seen)}, Severity.WARNING, evidence


def _range(columns: Sequence[ColumnProfile], runs: str) -> Iterator[Proposal]:
    states = [state for column in columns if (state := column.state(ExtremesState)) is not None]
    lows: list[Any] = [state.minimum for state in states]
    highs: list[Any] = [state.maximum for state in states]
    if len(states) < len(columns) or not all(isfinite(bound) for bound in (*lows, *highs)) or min(lows) == max(highs):
        return
    if _drifts(lows) or _drifts(highs):
        return
    counted = [_rows_of_values(column) for column in columns]
    width = float(max(highs)) - float(min(lows))
    whole = columns[0].kind is ColumnKind.INTEGER
    least, low_word = _end(lows, width, counted, up=False, whole=whole)
    most, high_word = _end(highs, width, counted, up=True, whole=whole)
    bounds = {name: _plain(bound) for name, bound in (("min", least), ("max", most)) if bound is not None}
    if not bounds:
        return
    words = [f"min {low_word}"] if "min" in bounds else []
    words += [f"max {high_word}"] if "max" in bounds else []
    said = f"min and max {low_word}" if len(words) == 2 and low_word == high_word else "; ".join(words)
    evidence = f"{number(min(lows))} to {number(max(highs))} in {runs}; {said}"
    yield "accepted_range", bounds, Severity.WARNING, evidence


def _drifts(values: Sequence[Any]) -> bool:
    """Return whether the values only rise or only fall from run to run, as those of counters and identifiers do."""
    return all(a < b for a, b in pairwise(values)) or all(a > b for a, b in pairwise(values))


def _rows_of_values(column: ColumnProfile) -> Mapping[Any, int]:
    """Return the rows of each value; empty where there are too many values to count."""
    state = column.state(ValueCountsState)
    return {} if state is None else dict(state.items())


def _end(
    values: Sequence[Any], width: float, counted: Sequence[Mapping[Any, int]], *, up: bool, whole: bool
) -> tuple[Any, str]:
    """Return the bound at one end and the words for it; None if no bound is worth proposing.

    Args:
        values: The extreme of each run at this end.
        width: Range of all values seen.
        counted: The rows of each value, by run.
        up: Whether it is the upper end.
        whole: Whether the values are whole numbers.
    """
    furthest: Callable[[Sequence[Any]], Any] = max if up else min
    seen = furthest(values)
    reached = min(values) == max(values)
    # The value of one row that a snapshot repeats is reached in every run, too, but the next row may pass it.
    is_end = reached and (seen in NATURAL_ENDS or all(rows.get(seen, 0) >= MIN_ROWS_AT_END for rows in counted))
    if (min(values) >= 0 and not up) or (max(values) <= 0 and up):
        # A smallest value above 1 that every run reaches, such as a first flight at 5:00, is usual but not a limit.
        if is_end and abs(seen) <= 1:
            return seen, "reached in every run"
        far = abs(seen) > MAX_BOUND_RATIO * width
        return (None, "") if far else (0, "zero, never passed")
    if is_end:
        return seen, "reached in every run"
    if all((a <= b) if up else (a >= b) for a, b in pairwise(values)):
        return None, ""  # extremes of rows that stay: each new one passes the last, and none says how far the next goes
    doubles = [float(value) for value in values]
    if min(doubles) > 0:
        bound = ratio_prediction(doubles, extremes=True)[1]
    elif max(doubles) < 0:
        bound = -ratio_prediction([-value for value in doubles], extremes=True)[1]
    else:
        bound = prediction(doubles, extremes=True)[1 if up else 0]
    if abs(bound) > MAX_BOUND_RATIO * abs(float(seen)):
        return None, ""
    words = f"from the prediction interval for one more run at {percent(1 - MISS_PROBABILITY)}, rounded outward"
    return furthest([round_outward(bound, float(seen), up=up, whole=whole), seen]), words


def _plain(value: Any) -> int | float:
    """Return a value as a number that YAML can write."""
    return value if isinstance(value, int) else int(value) if value == int(value) else float(value)
