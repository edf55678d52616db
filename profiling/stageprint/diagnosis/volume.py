"""Compares a table's rows with the reference run and with the upstream table that they come from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log
from statistics import fmean, stdev

from stageprint.diagnosis.concerns import is_flagged_for
from stageprint.diagnosis.evidence import Evidence
from stageprint.features.table import Bounded, counted_keys, hashed_alike
from stageprint.model import ColumnKey, Concern, TableKey, TableProfile
from stageprint.model.figures import count, number
from stageprint.states.theta import ThetaState

MAX_RUNS_OF_USUAL = 7
"""Maximum number of healthy runs, the latest ones, whose mean retention counts as usual: a week of daily runs."""

MIN_ROW_CHANGE = 0.005
"""Minimum relative change of rows that a signature is built on."""

MIN_RUNS_OF_SPREAD = 3
"""Minimum number of healthy runs that say how much the rows vary; fewer are taken for steady."""

MIN_ODDS = 20.0
"""Minimum odds at which the rows tell rows that were added from keys that became equal."""


@dataclass(frozen=True, slots=True)
class Flow:
    """A table and the upstream table whose rows it keeps, in the reference run and in the run under test.

    Attributes:
        source: The upstream table.
        retention: Rows of the table for each row of the source, now.
        retention_then: The same in the last few healthy runs, on average.
        source_change: Relative change of the source's rows.
        run: The reference run: the table's own, or the latest healthy one before it that has a profile of both.
    """

    source: TableKey
    retention: float
    retention_then: float
    source_change: float
    run: str

    @property
    def change(self) -> float:
        """Relative change of the retention."""
        return self.retention / self.retention_then - 1


def volume_moved(evidence: Evidence, node: ColumnKey) -> bool:
    """Return whether a table is flagged for its rows or keys; small changes are normal."""
    return is_flagged_for(evidence, node, Concern.ROWS, Concern.KEYS, Concern.DUPLICATES)


def rows_moved(evidence: Evidence, node: ColumnKey) -> bool:
    """Return whether a table is flagged for its rows, or suspect because of what is missing downstream."""
    if not evidence.flagged_shifts(node):
        return evidence.run_id in evidence.flagged_runs(node)
    return is_flagged_for(evidence, node, Concern.ROWS)


def tables(evidence: Evidence, key: TableKey) -> tuple[TableProfile, TableProfile] | None:
    """Return a table's profile in the reference run and in the run under test, or None where either is missing."""
    then, now = evidence.reference_table(key), evidence.table(key)
    return None if then is None or now is None else (then, now)


def flow(evidence: Evidence, key: TableKey) -> Flow | None:
    """Return how many of its source's rows a table keeps, or None where no source is known.

    The source is the declared one or the only parent; otherwise the parent whose number of rows in the reference run is
    nearest to the table's own, which is the side of the join that the rows are meant to come from.
    """
    both = tables(evidence, key)
    run = evidence.reference_run(key.level)
    if both is None or run is None or both[0].rows == 0:
        return None
    declared = evidence.graph.source_table(key)
    parents = (declared,) if declared is not None else evidence.graph.table_parents(key)
    options: list[tuple[float, str, TableKey, TableProfile, TableProfile]] = []
    for parent in parents:
        at, after = _reference_of_both(evidence, key, parent, run), evidence.table(parent)
        own, before = evidence.table(key, at), evidence.table(parent, at)
        if own is not None and before is not None and after is not None and min(own.rows, before.rows, after.rows) > 0:
            ratio = before.rows / own.rows
            options.append((max(ratio, 1 / ratio), at, parent, before, after))
    if not options:
        return None
    _, at, source, before, after = min(options, key=lambda option: option[0])
    then = evidence.table(key, at) or both[0]
    usual = _usual(evidence, key, source, at) or then.rows / before.rows
    return Flow(source, both[1].rows / after.rows, usual, after.rows / before.rows - 1, at)


def _reference_of_both(evidence: Evidence, key: TableKey, source: TableKey, run: str) -> str:
    """Return the latest run up to a table's reference run in which the table was healthy and both have a profile."""
    runs = (run, *reversed(_healthy(evidence, run, key.level)))
    profiled = (one for one in runs if evidence.table(key, one) and evidence.table(source, one))
    return next(profiled, run)


def _usual(evidence: Evidence, key: TableKey, source: TableKey, last: str) -> float | None:
    """Return the mean retention of the last few healthy runs up to `last`."""
    kept = _retentions(evidence, key, source, last)
    return sum(kept) / len(kept) if kept else None


def _retentions(evidence: Evidence, key: TableKey, source: TableKey, last: str) -> list[float]:
    """Return the retention in each of the last few healthy runs up to `last`."""
    runs = _healthy(evidence, last, *(one.level for one in (key, source)))
    pairs = [(evidence.table(key, run), evidence.table(source, run)) for run in runs]
    return [own.rows / above.rows for own, above in pairs if own is not None and above is not None and above.rows]


def own_keys(profile: TableProfile) -> ThetaState | None:
    """Return the sketch of the table's first declared key, or None."""
    return next((state for state in profile.keys.values() if isinstance(state, ThetaState)), None)


def _distinct_keys(profile: TableProfile) -> Bounded | None:
    """Return the number of distinct keys, exactly where repeated rows were counted, or None without a declared key."""
    keys = own_keys(profile)
    if keys is None:
        return None
    return counted_keys(profile, _first_key(profile)) or Bounded(*keys.estimate())


def multiplicity(profile: TableProfile) -> float | None:
    """Return the rows per distinct key, or None without a declared key."""
    distinct = _distinct_keys(profile)
    # The number of many keys is an estimate and may exceed the number of rows.
    return max(1.0, profile.rows / distinct.value) if distinct is not None and distinct.value > 0 else None


def duplicate_rows(profile: TableProfile, key: str | None = None) -> int | None:
    """Return the rows beyond the first of each key, or None where they were not counted.

    Args:
        profile: The table.
        key: A declared key; None: the first.
    """
    counted: Mapping[str, int | None] = profile.facts.get("key_duplicate_rows") or {}
    return counted.get(_first_key(profile) if key is None else key)


def _first_key(profile: TableProfile) -> str:
    return next((name for name, state in profile.keys.items() if isinstance(state, ThetaState)), "")


def _healthy(evidence: Evidence, last: str, *nodes: ColumnKey) -> list[str]:
    """Return the last few runs up to `last` in which none of the nodes was flagged."""
    if last not in evidence.history:
        return []
    bad = {run for node in nodes for run in evidence.flagged_runs(node)}
    return [run for run in evidence.history[: evidence.history.index(last) + 1] if run not in bad][-MAX_RUNS_OF_USUAL:]


@dataclass(frozen=True, slots=True)
class KeyGrowth:
    """Rows per distinct key, where they grew beyond sketch error.

    Attributes:
        now: In the run under test.
        then: In the reference run.
        repeated: Rows beyond the first of each key, now and then; None where they were not counted in both runs.
    """

    now: float
    then: float
    repeated: tuple[int, int] | None = None

    @property
    def change(self) -> float:
        """Relative change."""
        return self.now / self.then - 1

    def told(self, node: ColumnKey, since: str, rows: tuple[int, int]) -> str:
        """Return what grew, as the beginning of a sentence.

        Args:
            node: The table.
            since: The first run in which it had grown.
            rows: Rows of the table, now and then.
        """
        sizes = f"{count(rows[0])} rows, before {count(rows[1])}"
        if self.repeated is None:
            now, then = (number(round(value, 3)) for value in (self.now, self.then))
            return f"{node} has {now} rows for each key since {since} (before {then}; {sizes})"
        after, before = self.repeated
        repeat = "row repeats" if after == 1 else "rows repeat"
        was = count(before) if before else "none"
        return f"{count(after)} {repeat} a key in {node} since {since} (before {was}; {sizes})"


def key_growth(evidence: Evidence, key: TableKey) -> KeyGrowth | None:
    """Return the rows per key where they grew; None without declared keys, or where they did not."""
    both = tables(evidence, key)
    if both is None:
        return None
    then, now = (multiplicity(profile) for profile in both)
    if then is None or now is None:
        return None
    error = key_error(*both)
    # A key that was unique, as counted, is not repeated by chance.
    least = 0.0 if error == 0 and then == 1 else max(MIN_ROW_CHANGE, error)
    if now / then - 1 <= least:
        return None
    before, after = (duplicate_rows(profile) for profile in both)
    # A row with a null key counts as a duplicate, but repeats no key: then the number says too little.
    if before is None or after is None or after <= before:
        return KeyGrowth(now, then)
    return KeyGrowth(now, then, (after, before))


def key_error(*profiles: TableProfile) -> float:
    """Return the relative change of the rows per key that sketch error alone may cause."""
    found = [keys for profile in profiles if (keys := _distinct_keys(profile)) is not None]
    return sum((one.upper - one.lower) / 2 / one.value for one in found if one.value > 0)


def rows_change(evidence: Evidence, key: TableKey, both: tuple[TableProfile, TableProfile]) -> float:
    """Return the relative change of the rows from the last healthy runs; behind a source, of rows per source row."""
    found = flow(evidence, key)
    if found is not None:
        return found.change
    then, now = both
    rows = _rows(evidence, key) or [then.rows]
    return now.rows * len(rows) / sum(rows) - 1 if sum(rows) else 0.0


def _rows(evidence: Evidence, key: TableKey) -> list[float]:
    """Return the rows of a table in each of the last few healthy runs."""
    last = evidence.reference_run(key.level)
    known = [evidence.table(key, run) for run in _healthy(evidence, last, key.level)] if last is not None else []
    return [table.rows for table in known if table is not None]


def were_rows_added(evidence: Evidence, key: TableKey, growth: KeyGrowth) -> bool | None:
    """Return whether rows were added that repeat keys, or keys of rows that were there became equal.

    The first adds to the rows what the rows per key grew by, the second nothing.

    Returns:
        None where the rows vary so much from run to run that they do not tell the two apart.
    """
    both = tables(evidence, key)
    if both is None:
        return None
    change, found = rows_change(evidence, key, both), flow(evidence, key)
    past = _rows(evidence, key) if found is None else _retentions(evidence, key, found.source, found.run)
    spread = stdev(past) / fmean(past) if len(past) >= MIN_RUNS_OF_SPREAD and any(past) else 0.0
    # The logarithm of the likelihood ratio of two normal distributions whose means are the change of either.
    if abs(growth.change * (2 * change - growth.change)) < 2 * log(MIN_ODDS) * spread**2:
        return None
    return change > growth.change / 2


def kept_keys(keys: Mapping[str, object], source: Mapping[str, object]) -> float | None:
    """Return the share of the source's keys that the table has, for the first key both declare; None without one."""
    for name, state in source.items():
        mine = keys.get(name)
        if not isinstance(state, ThetaState) or not isinstance(mine, ThetaState) or not hashed_alike(state, mine):
            continue
        if state.estimate().estimate > 0:
            return state.intersection(mine).estimate / state.estimate().estimate
    return None
