"""A feature was not updated while the rest of its table was."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.causes.stale_table import MIN_REPEATED_COLUMN_SHARE
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import Pair, pair
from stageprint.diagnosis.repeats import is_frozen, repeats
from stageprint.model import ColumnKey
from stageprint.model.figures import count, moment

MIN_TIMES_FEWER_VALUES = 5
"""How many times as many different values a column must have had before."""

MAX_ENTITIES = 64
"""Maximum number of entities, and of values, that are matched: the search grows exponentially."""

MIN_VALUES_PER_ENTITY = 0.5
"""Minimum number of different values for each entity: two entities may happen to have the same."""

MAX_TRIES = 20_000
"""Maximum number of ways of dealing entities out to values that are tried."""


class StaleColumn(Cause):
    """A feature was not updated while the rest of its table was.

    The column repeats old values: its job failed, a cache was not refreshed, or the lookup ran once and never again.
    The values look right, which is why nobody notices.

    Signature: the rows, nulls, extremes and moments of the column equal those of the previous run, although they
    changed in at least 90 % of at least five earlier transitions, and more than a quarter of the table's columns that
    usually change did change. Or the column holds one value for each label of another column, where it held many: it
    was looked up once and not again.

    Told apart from: `stale_table`: the whole table repeats; `constant_column`: the column holds a single value.

    Check:
        - Look up when the job or feed behind this column last succeeded.
        - See whether the stage reads a cache, a snapshot or a materialised view, and how old that is.
        - Check whether a changed key makes the update match no rows.

    Fix: Run the failed update and recompute the affected runs. Store the time of the last update beside the feature,
    and check it with `freshness`.

    Evidence:
        repeated_run: the run whose values the column repeats.
        mean: mean of the column; null: it has none.
        changed_columns: number of columns of the table that did change.
        entity: the other column; each of its labels goes with one value.
        distinct_values: number of distinct values now.
        distinct_values_before: number of distinct values before; an estimate in large columns.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import many_runs
        >>> def day(n, stale=None):
        ...     values = [float(n * 7 + i % 50) for i in range(500)]
        ...     return {"x": values, "y": [2 * x for x in values] if stale is None else stale}
        >>> days = [day(n) for n in range(7)]
        >>> evidence, key = many_runs([*days, day(7, stale=days[-1]["y"])], at="y")
        >>> StaleColumn().explain(evidence, key).evidence["repeated_run"]
        'run-7'
    """

    name: ClassVar[str] = "stale_column"
    family: ClassVar[Family] = "boundary"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """See whether the column is frozen and its siblings are not."""
        both = pair(evidence, origin)
        if both is None:
            return None
        if evidence.previous is None or not is_frozen(evidence, origin):
            return _one_for_each(evidence, origin, both)
        found = repeats(evidence, origin.table_key)
        if len(found.frozen) >= MIN_REPEATED_COLUMN_SHARE * (len(found.frozen) + len(found.changed)):
            return None
        known = isfinite(both.now.mean)
        mean_text = f" (mean {moment(both.now.mean, both.now.kind)})" if known else ""
        others = f"{len(found.changed)} other column{'' if len(found.changed) == 1 else 's'}"
        sentence = (
            f"{origin} equals run {evidence.previous} to the last digit since {evidence.first_run(origin)}{mean_text}, "
            f"while {others} of its table moved on: the feature was not updated"
        )
        figures = {
            "repeated_run": evidence.previous,
            "mean": both.now.mean if known else None,
            "changed_columns": len(found.changed),
        }
        also = tuple(key for key in found.frozen if key != origin)
        return Fit(0.97, sentence, figures, also=also, deterministic=True, brief="a feature that was not updated")


def _one_for_each(evidence: Evidence, origin: ColumnKey, both: Pair) -> Fit | None:
    """Return the fit of a column with one value for each entity, where it had many."""
    if not both.now.numeric or both.now.cdf is None or both.now.cdf.rank_error > 0 or both.now.distinct < 2:
        return None
    if both.then.distinct < MIN_TIMES_FEWER_VALUES * both.now.distinct or both.now.distinct > MAX_ENTITIES:
        return None
    values = [round(mass * both.now.values) for mass in both.now.cdf.masses.tolist()]
    for key in evidence.graph.nodes(origin.table_key):
        entity = pair(evidence, key)
        if key == origin or entity is None or entity.now.numeric or not entity.now.labels or entity.now.slack > 0:
            continue
        labels = [round(share * entity.now.values) for share in entity.now.labels.values()]
        if len(labels) > MAX_ENTITIES or both.now.distinct < MIN_VALUES_PER_ENTITY * len(labels):
            continue
        if not deals_out([*labels, entity.now.missing], [*values, both.now.missing]):
            continue
        sentence = (
            f"{origin} holds only one value for each value of {key.column} since {evidence.first_run(origin)} "
            f"({len(values)} values in {count(both.now.rows)} rows, before {count(both.then.distinct)}): "
            "the feature was not updated"
        )
        figures = {
            "entity": key.column,
            "distinct_values": len(values),
            "distinct_values_before": round(both.then.distinct),
        }
        return Fit(0.96, sentence, figures, brief="a feature that was not updated")
    return None


def deals_out(items: Sequence[int], bins: Sequence[int]) -> bool:
    """Return whether items can be dealt out so that every bin holds exactly its number; too many tries are a no.

    Example:
        >>> deals_out([5, 3, 2], [5, 5]), deals_out([5, 3, 2], [6, 4])
        (True, False)
    """
    left = sorted((size for size in items if size), reverse=True)
    room = [size for size in bins if size]
    tries = 0

    def deal(place: int) -> bool:
        nonlocal tries
        tries += 1
        if place == len(left):
            return True
        for number in {size: number for number, size in enumerate(room) if size >= left[place]}.values():
            if tries > MAX_TRIES:
                return False
            room[number] -= left[place]
            if deal(place + 1):
                return True
            room[number] += left[place]
        return False

    return sum(left) == sum(room) and deal(0)
