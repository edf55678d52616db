"""Other rules on the same rows: usual thresholds, Deequ's anomaly strategies, TFDV's schema, Evidently's defaults.

Each gets the rows of the run and of the runs before, one column at a time, and flags or does not. Three are taken from
`scripts.simulation.rivals`: ``psi`` (above 0.2), ``ks_p`` (Kolmogorov–Smirnov or χ², p below 0.05) and ``evidently``
(its default test of a column), all against the previous run. The others:

* ``three_sigma``: rows, mean or top label's share, and share of nulls, more than 3 standard deviations off the mean of
  the last 28 runs.
* ``deequ_change``: a metric falls under half of that of the run before, or grows beyond twice it
  (``RelativeRateOfChangeStrategy``; 2.0 is the rate in Deequ's example).
* ``deequ_range``: a metric is outside of its range in the runs before (``SimpleThresholdStrategy``).
* ``deequ_normal``: ``OnlineNormalStrategy`` with its defaults: 3 deviations off the running mean, which includes the
  value under test. With fewer than 11 values none can be that far off.
* ``tfdv_schema``: anomalies of the schema that TensorFlow Data Validation infers from the runs before: a label outside
  of a domain of up to 100 values, a null where there were none.
* ``tfdv``: the same, or its drift comparators against the run before: L∞ of labels, Jensen–Shannon divergence of
  numbers, above 0.01.

Deequ's metrics are those of its column profiler and of its size and length analyzers: rows, completeness, number of
distinct values; of numbers mean, standard deviation, least and largest; of texts least and largest length.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from scripts.simulation.others import js_distance
from scripts.simulation.rivals import flags_of_rows, monitored_figures
from scripts.simulation.rows import Column
from scripts.simulation.world import FLOAT, STRING

Floats = NDArray[np.float64]

RULES: Final = (
    "psi",
    "ks_p",
    "three_sigma",
    "evidently",
    "deequ_change",
    "deequ_range",
    "deequ_normal",
    "tfdv_schema",
    "tfdv",
)

LONG_HISTORY: Final = 28
SIGMAS: Final = 3.0
MAX_RATE: Final = 2.0
SKIPPED_SHARE: Final = 0.1
"""``ignoreStartPercentage`` of ``OnlineNormalStrategy``."""

MAX_DOMAIN: Final = 100
"""``max_string_domain_size`` of TFDV's ``infer_schema``."""

MAX_DRIFT: Final = 0.01
BINS: Final = 10
"""Bins of a TFDV histogram."""


class Past:
    """The runs before the one under test, with what each rule needs of them computed once.

    Args:
        runs: Their rows, oldest first, at least one.
    """

    def __init__(self, runs: Sequence[pa.Array]) -> None:
        self.last = runs[-1]
        self._last_column = _column(runs[-1])
        kept = runs[-LONG_HISTORY:]
        self._monitored = np.array([monitored_figures(_column(run)) for run in kept])
        self._rows = np.array([len(run) for run in kept], dtype=np.float64)
        self._metrics = np.array([deequ_metrics(run) for run in runs])
        self._complete = all(run.null_count == 0 for run in runs)
        self._domain: pa.Array | None = None
        if pa.types.is_string(self.last.type):
            values = pc.unique(pa.concat_arrays(list(runs)).drop_null())
            self._domain = values if len(values) <= MAX_DOMAIN else None

    def flags(self, now: pa.Array) -> dict[str, bool]:
        """Return which of `RULES` flag a run."""
        column = _column(now)
        found = flags_of_rows(column, self._last_column, self._monitored)
        found = {name: found[name] for name in ("psi", "ks_p", "three_sigma", "evidently")}
        found["three_sigma"] |= _off(self._rows, len(now))
        metrics = deequ_metrics(now)
        found["deequ_change"] = changed(self._metrics[-1], metrics)
        found["deequ_range"] = out_of_range(self._metrics, metrics)
        found["deequ_normal"] = any(
            online_normal([*series, value]) for series, value in zip(self._metrics.T.tolist(), metrics, strict=True)
        )
        found["tfdv_schema"] = self._schema(now)
        found["tfdv"] = found["tfdv_schema"] or drift(now, self.last) > MAX_DRIFT
        return found

    def _schema(self, now: pa.Array) -> bool:
        if self._complete and now.null_count:
            return True
        if self._domain is None:
            return False
        return not pc.all(pc.is_in(now.drop_null(), self._domain)).as_py() if len(now) > now.null_count else False


def deequ_metrics(values: pa.Array) -> list[float]:
    """Return Deequ's metrics of a column; NaN where one cannot be computed."""
    present = values.drop_null()
    found = [float(len(values)), len(present) / len(values) if len(values) else math.nan]
    found.append(float(len(pc.unique(present))))
    if pa.types.is_string(values.type):
        lengths = np.asarray(pc.utf8_length(present), dtype=np.float64)
        return found + ([lengths.min(), lengths.max()] if lengths.size else [math.nan] * 2)
    numbers = np.asarray(present, dtype=np.float64)
    if not numbers.size:
        return found + [math.nan] * 4
    return [*found, numbers.mean(), numbers.std(), numbers.min(), numbers.max()]


def changed(before: Sequence[float], now: Sequence[float]) -> bool:
    """Return whether a metric fell under half of what it was, or grew beyond twice that (``deequ_change``)."""
    return any(
        old != 0 and not (1 / MAX_RATE <= new / old <= MAX_RATE)
        for old, new in zip(before, now, strict=True)
        if math.isfinite(old) and math.isfinite(new)
    )


def out_of_range(past: Floats, now: Sequence[float]) -> bool:
    """Return whether a metric is outside of its range in earlier runs (``deequ_range``)."""
    columns = [series[np.isfinite(series)] for series in past.T]
    return any(
        series.size and math.isfinite(new) and not (series.min() <= new <= series.max())
        for series, new in zip(columns, now, strict=True)
    )


def online_normal(series: Sequence[float]) -> bool:
    """Return whether the last of a series is an anomaly to Deequ's ``OnlineNormalStrategy`` with its defaults."""
    values = [value for value in series if math.isfinite(value)]
    if not values or not math.isfinite(series[-1]):
        return False
    mean = squares = 0.0
    for place, value in enumerate(values):
        new_mean = value if place == 0 else mean + (value - mean) / (place + 1)
        new_squares = squares + (value - mean) * (value - new_mean)
        deviation = math.sqrt(max(0.0, new_squares / (place + 1)))
        # Only the last value is searched; the ones before enter the mean whatever they are.
        if place == len(values) - 1 and place >= SKIPPED_SHARE * len(values):
            return abs(value - new_mean) > SIGMAS * deviation
        mean, squares = new_mean, new_squares
    return False


def drift(now: pa.Array, then: pa.Array) -> float:
    """Return TFDV's distance of two runs: L∞ of labels, Jensen–Shannon divergence (base 2) of numbers."""
    values = [array.drop_null() for array in (now, then)]
    if not all(len(each) for each in values):
        return 0.0
    if pa.types.is_string(now.type):
        names = pc.unique(pa.concat_arrays(values))
        p, q = (np.bincount(np.asarray(pc.index_in(each, names)), minlength=len(names)) / len(each) for each in values)
        return float(np.abs(p - q).max())
    numbers = [np.asarray(each, dtype=np.float64) for each in values]
    low, high = min(each.min() for each in numbers), max(each.max() for each in numbers)
    if not high > low:
        return 0.0
    p, q = (np.histogram(each, BINS, (low, high))[0][None] / each.size for each in numbers)
    return float(js_distance(p, q)[0] ** 2 / math.log(2))


def _off(past: Floats, now: float) -> bool:
    return len(past) >= 3 and abs(now - past.mean()) > SIGMAS * past.std(ddof=1)


def _column(values: pa.Array) -> Column:
    nulls = np.asarray(pc.is_null(values))
    if pa.types.is_string(values.type):
        coded = values.dictionary_encode()
        codes = np.asarray(coded.indices.fill_null(0), dtype=np.int64)
        return Column(STRING, codes, nulls, tuple(coded.dictionary.to_pylist()), 1.0)
    return Column(FLOAT, np.asarray(values.cast(pa.float64(), safe=False).fill_null(0.0)), nulls, (), 1.0)
