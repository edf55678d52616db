"""The statistics of simulated profiles against their references, as `stageprint.shifts.measure` would yield them.

The formulas, dead zones and variance floors are those of `stageprint.shifts`; a test compares the two.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scripts.simulation.observe import DISTINCT_ERROR, EDGES, MASS_ERROR, MAX_EXACT_VALUES, RANK_ERROR, Observed
from scripts.simulation.world import KINDS, TABLE
from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine, entropy_terms, jensen_shannon_terms
from stageprint.features.labels import MAX_RARE_SHARE
from stageprint.model import TABLE_LEVEL, ColumnKind, NotComputable
from stageprint.shifts import MEASUREMENTS
from stageprint.shifts._succession import is_broken
from stageprint.shifts.base import Outcome
from stageprint.shifts.distributions._atom import MIN_MASS_SHARE
from stageprint.shifts.distributions.mean_record import beyond_means
from stageprint.shifts.labels.label_flow import flow
from stageprint.shifts.labels.label_swap import exchanged
from stageprint.shifts.nulls.null_record import NullRecord
from stageprint.shifts.nulls.null_to_value import MIN_PART_OF_NULLS_LOST
from stageprint.shifts.table._record import outcome_of

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST_DAY = dt.date(2026, 1, 5)
"""Of the first run, a Monday."""

Plan = Mapping[str, Sequence[int]]
"""Reference → the runs in it."""


class Statistic(NamedTuple):
    """One statistic of several columns.

    Attributes:
        value: The statistic; NaN: not computable.
        error: Its dead zone.
        floor: Least variance of its residual.
    """

    value: Floats
    error: Floats | float
    floor: Floats


class Rows:
    """Measurements in the making."""

    def __init__(self) -> None:
        """Begin without a row."""
        self._parts: list[tuple[Ints, str, str, str, Statistic, bool]] = []

    def add(
        self, columns: Ints, kind: str, name: str, reference: str, statistic: Statistic, *, rule: bool = False
    ) -> None:
        """Add one statistic of some columns."""
        self._parts.append((columns, kind, name, reference, statistic, rule))

    def table(self, names: Mapping[str, pa.Array]) -> pa.Table:
        """Return all rows in the schema `MEASUREMENTS`.

        Args:
            names: Key column → its text for each number of a column.
        """
        chunks = [_chunk(names, *part) for part in self._parts]
        return pa.concat_tables(chunks) if chunks else MEASUREMENTS.empty_table()


def names_of(observed: Observed) -> dict[str, pa.Array]:
    """Return the texts of stage, table and column of each column; behind the columns come the tables themselves."""
    columns, tables = observed.world.columns, int(observed.world.table[-1]) + 1
    of_table = np.concatenate([observed.world.table, np.arange(tables)])
    return {
        "stage": pa.repeat("simulated", columns + tables),
        "table_name": pa.array([f"t{number:05}" for number in range(tables)]).take(pa.array(of_table)),
        "column_name": pa.array([f"c{number:06}" for number in range(columns)] + [TABLE_LEVEL] * tables),
    }


def measure_run(observed: Observed, run: int, plans: Mapping[tuple[tuple[str, tuple[int, ...]], ...], Ints]) -> Rows:
    """Measure one run.

    Args:
        observed: The profiles.
        run: The run under test.
        plans: References (name and runs) → the columns that are compared with them.
    """
    rows = Rows()
    for plan, columns in plans.items():
        longest = max((runs for _, runs in plan), key=len)
        if longest:
            rows.add(columns, "float", "never_null", "long", _never_null(observed, run, longest, columns), rule=True)
            rows.add(columns, "float", "null_record", "long", _null_records(observed, run, longest, columns))
            for found, kind, statistic in _mean_records(observed, run, longest, columns):
                rows.add(found, kind, "mean_record", "long", statistic)
        done: dict[tuple[int, ...], list[tuple[Ints, str, str, Statistic]]] = {}
        for reference, runs in plan:
            if not runs:
                continue
            if runs not in done:
                done[runs] = list(_against(observed, run, np.array(runs), columns))
            for found, kind, name, statistic in done[runs]:
                rows.add(found, kind, name, reference, statistic)
    default = max(plans, key=lambda plan: len(plans[plan]))
    tables = np.arange(int(observed.world.table[-1]) + 1)
    counts = observed.world.rows[:, tables * TABLE].astype(np.float64)
    for reference, runs in default:
        if runs:
            ratio = np.abs(np.log(counts[run] / counts[list(runs)].mean(axis=0)))
            statistic = Statistic(ratio, 0.0, np.zeros(len(tables)))
            rows.add(tables + observed.world.columns, "table", "rows", reference, statistic)
    longest = max((runs for _, runs in default), key=len)
    if longest:
        records = _records(counts[run], counts[list(longest)], run, longest)
        rows.add(tables + observed.world.columns, "table", "volume_record", "long", records)
    return rows


def _chunk(
    names: Mapping[str, pa.Array], columns: Ints, kind: str, name: str, reference: str, found: Statistic, rule: bool
) -> pa.Table:
    size = len(columns)
    at = pa.array(columns)
    missing = np.isnan(found.value)
    error = np.broadcast_to(np.asarray(found.error, dtype=np.float64), (size,))
    residual = np.maximum(0.0, np.abs(found.value) - error)
    counts = pa.repeat(pa.scalar(MAX_EXACT_VALUES, pa.int64()), size)
    return pa.table(
        [
            names["stage"].take(at),
            names["table_name"].take(at),
            pa.nulls(size, pa.string()),
            pa.nulls(size, pa.string()),
            names["column_name"].take(at),
            pa.repeat(kind, size),
            pa.repeat(name, size),
            pa.repeat(reference, size),
            pa.array(found.value, mask=missing),
            pa.array(error, mask=missing),
            pa.array(residual, mask=missing),
            pa.array(found.floor, mask=missing),
            counts,
            counts,
            pa.repeat(rule, size),
            pa.nulls(size, pa.string()),
            pa.nulls(size, pa.float64()),
            pa.nulls(size, pa.float64()),
            pa.array(["not defined for these values" if gone else None for gone in missing], pa.string())
            if missing.any()
            else pa.nulls(size, pa.string()),
        ],
        schema=MEASUREMENTS,
    )


def _against(observed: Observed, run: int, runs: Ints, columns: Ints) -> list[tuple[Ints, str, str, Statistic]]:
    """Return every statistic of some columns against the mean of some runs."""
    found = []
    for code, everyone in enumerate(observed.of_kind):
        places = np.flatnonzero(np.isin(everyone, columns, assume_unique=True))
        mine = everyone[places]
        if not mine.size:
            continue
        rows = observed.world.rows
        null_now = observed.nulls[run, mine] / rows[run, mine]
        null_then = (observed.nulls[runs[:, None], mine] / rows[runs[:, None], mine]).mean(axis=0)
        inverse_rows = 1 / rows[run, mine] + (1.0 / rows[runs[:, None], mine]).sum(axis=0) / len(runs) ** 2
        present = observed.present
        inverse = 1 / present[run, mine] + (1 / present[runs[:, None], mine]).sum(axis=0) / len(runs) ** 2
        null = Statistic(np.abs(arcsine(null_now) - arcsine(null_then)), 0.0, inverse_rows)
        found.append((mine, KINDS[code], "null_share", null))
        compute = (_float, _string, _boolean)[code]
        statistics, gain = compute(observed, run, runs, places, mine, inverse)
        if gain is not None:
            lost = null_then - null_now
            filled = np.clip(gain.value * (1 - null_now), 0.0, np.maximum(0.0, lost)) * (
                lost >= MIN_PART_OF_NULLS_LOST * null_then
            )
            statistics["null_to_value"] = Statistic(filled, gain.error, inverse_rows / 4)
        found += [(mine, KINDS[code], name, statistic) for name, statistic in statistics.items()]
    return found


def _float(
    observed: Observed, run: int, runs: Ints, places: Ints, mine: Ints, inverse: Floats
) -> tuple[dict[str, Statistic], Statistic | None]:
    present = observed.present
    sketched_now = present[run, mine] > MAX_EXACT_VALUES
    sketched_then = np.sqrt((present[runs[:, None], mine] > MAX_EXACT_VALUES).sum(axis=0)) / len(runs)
    rank_now, rank_then = RANK_ERROR * sketched_now, RANK_ERROR * sketched_then
    rank_error = np.hypot(rank_now, rank_then)
    mass_error = MASS_ERROR / RANK_ERROR * rank_error

    now = observed.cdf[run, places].astype(np.float64)
    then = observed.cdf[runs[:, None], places].mean(axis=0, dtype=np.float64)
    variance_now = observed.variance[run, places]
    variance_then = observed.variance[runs[:, None], places].mean(axis=0)
    quarter, middle_then, half_error_then = _quantile(then, 0.25)[0], *_quantile(then, 0.5)
    width = (_quantile(then, 0.75)[0] - quarter) / 1.349
    width = np.where(width >= np.sqrt(variance_then) / 20, width, np.sqrt(variance_then))
    middle_now, half_error_now = _quantile(now, 0.5)
    median_error = np.hypot(rank_now * half_error_now, rank_then * half_error_then) / width
    mean_shift = observed.mean[run, places] - observed.mean[runs[:, None], places].mean(axis=0)
    spike_now, spike_then = observed.spike[run, places], observed.spike[runs[:, None], places].mean(axis=0)
    distinct = observed.log_distinct[run, places] - np.log(np.exp(observed.log_distinct[runs[:, None], places]).mean(0))
    fewer = np.exp(observed.log_distinct[run, places])
    heaviest = np.clip(np.maximum(spike_now, spike_then), MIN_MASS_SHARE, 0.5)
    more = np.log(present[run, mine] / present[runs[:, None], mine].mean(axis=0))
    explained = np.where(distinct * more > 0, np.minimum(np.abs(distinct), np.abs(more)), 0.0)
    statistics = {
        "ks": Statistic(np.abs(now - then).max(axis=1), rank_error, (rank_error / 2) ** 2 + inverse / 2),
        "median": Statistic(
            np.abs(middle_now - middle_then) / width, median_error, 1.57 * inverse + (rank_error / 2) ** 2
        ),
        "mean": Statistic(
            np.abs(mean_shift) / width,
            0.0,
            np.maximum(1.0, np.maximum(variance_now, variance_then) / width**2) * inverse,
        ),
        "spread": Statistic(np.abs(np.log(variance_now / variance_then)) / 2, 0.0, inverse),
        "atom": Statistic(
            np.abs(spike_now - spike_then), mass_error, (mass_error / 4) ** 2 + heaviest * (1 - heaviest) * inverse
        ),
        "zero_share": Statistic(np.abs(arcsine(spike_now) - arcsine(spike_then)), 0.0, inverse),
        "distinct": Statistic(
            np.abs(distinct), DISTINCT_ERROR * np.sqrt(1 + 1 / len(runs)) + explained, inverse + 0.5 / fewer
        ),
    }
    return statistics, Statistic(spike_now - spike_then, mass_error, inverse)


def _quantile(cdf: Floats, level: float) -> tuple[Floats, Floats]:
    """Return a quantile of each distribution function, and by how much it moves with its rank."""
    rising = np.maximum.accumulate(cdf, axis=1)
    upper = np.clip((rising < level).sum(axis=1), 1, rising.shape[1] - 1)
    at = np.arange(len(rising))
    low, high = rising[at, upper - 1], rising[at, upper]
    slope = (EDGES[upper] - EDGES[upper - 1]) / np.maximum(high - low, 1e-3)
    return EDGES[upper - 1] + np.clip(level - low, 0, high - low) * slope, slope


def _string(
    observed: Observed, run: int, runs: Ints, places: Ints, mine: Ints, inverse: Floats
) -> tuple[dict[str, Statistic], Statistic | None]:
    del mine
    shares_now = observed.shares[run, places].astype(np.float64)
    shares_then = observed.shares[runs[:, None], places].mean(axis=0, dtype=np.float64)
    unseen_now, unseen_then = observed.unseen[run, places], observed.unseen[runs[:, None], places].mean(axis=0)
    rare = (shares_now + shares_then) <= 2 * MAX_RARE_SHARE
    now = np.column_stack([np.where(rare, 0, shares_now), (shares_now * rare).sum(axis=1) + unseen_now])
    then = np.column_stack([np.where(rare, 0, shares_then), (shares_then * rare).sum(axis=1) + unseen_then])
    entries = np.maximum(5, (~rare).sum(axis=1) + 1)
    common_now, common_then = now[:, :-1], then[:, :-1]
    apart = np.abs(common_now - common_then).sum(axis=1)
    sorted_apart = np.abs(np.sort(common_now, axis=1) - np.sort(common_then, axis=1)).sum(axis=1)
    change = np.abs(arcsine(now) - arcsine(then)).max(axis=1)
    divergence = jensen_shannon_terms(now, then).sum(axis=1)
    gain, swap_error = np.maximum(0.0, (apart - sorted_apart) / 2), sorted_apart
    of_two, error_of_two = exchanged(common_now, common_then, np.zeros_like(common_now))
    better = of_two - error_of_two > gain - swap_error
    gain, swap_error = np.where(better, of_two, gain), np.where(better, error_of_two, swap_error)
    new_label = arcsine(observed.largest_unseen[run, places])
    if len(runs) > 1:
        new_label = new_label - arcsine(observed.largest_unseen[runs[-1], places])
    statistics = {
        "js_distance": Statistic(np.sqrt(np.maximum(0.0, divergence)), 0.0, (entries - 1) / 8 * inverse),
        "l_infinity": Statistic(change, 0.0, 4 * inverse),
        "unseen_share": Statistic(arcsine(unseen_now), 0.0, inverse),
        "new_label": Statistic(np.maximum(0.0, new_label), 0.0, inverse),
        "lost_share": Statistic(arcsine(unseen_then), 0.0, inverse),
        "top_share": Statistic(arcsine(shares_now.max(axis=1)) - arcsine(shares_then.max(axis=1)), 0.0, inverse),
        "entropy": Statistic((entropy_terms(now) - entropy_terms(then)).sum(axis=1), 0.0, inverse),
        "label_swap": Statistic(gain, swap_error, inverse / 4),
        "label_flow": Statistic(flow(common_now, common_then), 0.0, 2 * inverse),
    }
    return statistics, Statistic((shares_now - shares_then).max(axis=1), 0.0, inverse)


def _boolean(
    observed: Observed, run: int, runs: Ints, places: Ints, mine: Ints, inverse: Floats
) -> tuple[dict[str, Statistic], Statistic | None]:
    del mine
    change = arcsine(observed.true[run, places]) - arcsine(observed.true[runs[:, None], places].mean(axis=0))
    return {"true_share": Statistic(np.abs(change), 0.0, inverse)}, None


def _never_null(observed: Observed, run: int, runs: tuple[int, ...], columns: Ints) -> Statistic:
    """Return the rule `stageprint.shifts.nulls.never_null` of columns of any kind."""
    past = observed.nulls[np.array(runs)[:, None], columns].sum(axis=0)
    before = observed.world.rows[np.array(runs)[:, None], columns].sum(axis=0)
    nulls, rows = observed.nulls[run, columns], observed.world.rows[run, columns]
    value = np.zeros(len(columns))
    for place in np.flatnonzero((past == 0) & (nulls > 0)):
        if is_broken(len(runs), before[place], nulls[place], rows[place]):
            value[place] = arcsine(nulls[place] / rows[place])
    applies = (past == 0) & (len(runs) >= 3)
    return Statistic(np.where(applies, value, np.nan), 0.0, np.zeros(len(columns)))


def _null_records(observed: Observed, run: int, runs: Sequence[int], columns: Ints) -> Statistic:
    """Return the statistic `stageprint.shifts.nulls.null_record` of columns of any kind."""
    rule, rows = NullRecord(), observed.world.rows
    share = observed.nulls / rows
    found = []
    for column in columns:
        one = [ColumnFeatures(ColumnKind.FLOAT, "", rows=rows[at, column], null_share=share[at, column]) for at in runs]
        now = ColumnFeatures(ColumnKind.FLOAT, "", rows=rows[run, column], null_share=share[run, column])
        found.append(rule.judge(now, one))
    return _of_outcomes(found)


def _mean_records(
    observed: Observed, run: int, runs: Sequence[int], columns: Ints
) -> Iterator[tuple[Ints, str, Statistic]]:
    """Yield the statistic `stageprint.shifts.distributions.mean_record` of the float columns; their width is 1."""
    floats = observed.of_kind[0]
    places = np.flatnonzero(np.isin(floats, columns))
    found = []
    for place in places:
        means, now = observed.mean[list(runs), place].tolist(), float(observed.mean[run, place])
        found.append(beyond_means(now, means, 1 / observed.present[run, floats[place]], season_is_known=len(runs) > 1))
    if places.size:
        yield floats[places], "float", _of_outcomes(found)


def _of_outcomes(found: Sequence[Outcome | NotComputable]) -> Statistic:
    value = [one.value if isinstance(one, Outcome) else np.nan for one in found]
    floor = [one.floor if isinstance(one, Outcome) else np.nan for one in found]
    return Statistic(np.array(value), 0.0, np.array(floor))


def _records(now: Floats, past: Floats, run: int, runs: Sequence[int]) -> Statistic:
    """Return the statistic `stageprint.shifts.table.volume_record` of tables."""
    date, dates = (FIRST_DAY + dt.timedelta(days=run)), [FIRST_DAY + dt.timedelta(days=int(one)) for one in runs]
    found = [outcome_of(rows, before.tolist(), date, dates) for rows, before in zip(now, past.T, strict=True)]
    return Statistic(np.array([one.value for one in found]), 0.0, np.array([one.floor for one in found]))
