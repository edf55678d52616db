"""Columns with one known thing wrong at three magnitudes, drawn at random: what the causes are tested on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stageprint.diagnosis.evidence import Evidence
from tests.unit.diagnosis.scenarios import (
    DAY,
    Floats,
    Numbers,
    Rng,
    column_evidence,
    labels,
    times,
    timestamps,
    with_nulls,
)

# --- faults of a numeric column: (values then, values now before the fault, rng, magnitude 0–2) → (then, now) --------

Fault = Callable[[Floats, Floats, Rng, int], tuple[Any, Any]]


def _pick(rng: Rng, options: Sequence[tuple[float, float]], level: int) -> float:
    low, high = options[level]
    return float(rng.uniform(low, high))


def null_spike(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    share = _pick(rng, ((0.03, 0.06), (0.1, 0.2), (0.4, 0.8)), level)
    return with_nulls(then, rng.random(then.size) < 0.01), with_nulls(now, rng.random(now.size) < share)


def selective_nulls(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    share = _pick(rng, ((0.04, 0.06), (0.1, 0.2), (0.3, 0.5)), level)
    return then, with_nulls(now, now > np.quantile(now, 1 - share))


def null_to_sentinel(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    share = _pick(rng, ((0.03, 0.06), (0.08, 0.2), (0.3, 0.5)), level)
    value = float(rng.choice([0.0, -1.0, -999.0, 9999.0, round(float(then.mean()), 3)]))
    lost = rng.random(now.size) < share
    return with_nulls(then, rng.random(then.size) < share), np.where(lost, value, now)


def default_value(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    share = _pick(rng, ((0.05, 0.1), (0.15, 0.3), (0.4, 0.7)), level)
    value = float(rng.choice([0.0, -1.0, round(float(then.mean()), 3), round(float(np.median(then)), 2)]))
    return then, np.where(rng.random(now.size) < share, value, now)


def known_factor(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    factors = ((1.609344, 2.54, 0.621371, 0.453592), (10.0, 0.1, 3.28084, 12.0), (1000.0, 60.0, 0.001, 1024.0, 3600.0))
    return then, now * float(rng.choice(factors[level]))


def free_factor(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    factor = _pick(rng, ((1.35, 1.5), (2.05, 2.15), (4.4, 6.5)), level)
    return then, now * (factor if rng.random() < 0.5 else 1 / factor)


def celsius(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    del level
    return (then, now * 1.8 + 32) if rng.random() < 0.5 else (then * 1.8 + 32, now)


def partial_factor(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    share = _pick(rng, ((0.08, 0.12), (0.2, 0.3), (0.5, 0.8)), level)
    factor = float(rng.choice([1000.0, 60.0, 100.0]))
    return then, np.where(rng.random(now.size) < share, now * factor, now)


def offset(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    step = _pick(rng, ((0.4, 0.6), (0.9, 1.5), (3.0, 8.0)), level) * then.std() * rng.choice([-1, 1])
    return then, now + step


def kelvin(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    del level
    return (then, now + 273.15) if rng.random() < 0.5 else (then + 273.15, now)


def clipped_above(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    share = _pick(rng, ((0.03, 0.06), (0.08, 0.15), (0.2, 0.4)), level)
    return then, np.minimum(now, np.quantile(then, 1 - share))


def clipped_below(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    share = _pick(rng, ((0.03, 0.06), (0.08, 0.15), (0.2, 0.4)), level)
    bound = np.quantile(then, share)
    if bound <= then.min():
        bound = np.quantile(then[then > then.min()], share)
    return then, np.maximum(now, bound)


def rounded(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    step = (0.1, 1.0, 5.0)[level]
    way: Any = (np.round, np.trunc, np.floor)[rng.integers(3)]
    return then, way(now / step) * step


def became_text(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    del rng, level
    return then, [f"{value:.2f}" for value in now]


def became_constant(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    value = (0.0, float(np.median(then)), -1.0)[level]
    lost = rng.random(now.size) < 0.1
    return then, with_nulls(np.full(now.size, value), lost)


def all_null(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    del rng, level
    return then, pa.nulls(now.size, pa.float64())


def reshaped(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    """No fault: the values spread out unevenly, as a new population does."""
    power = (1.25, 1.4, 1.8)[level]
    middle, width = float(np.median(then)), float(then.std())
    scaled = (now - middle) / width
    bent = np.where(scaled > 0, np.abs(scaled) ** power * 1.3, -np.abs(scaled) * 0.8) + rng.normal(0, 0.4, now.size)
    return then, middle + width * bent


def mixed_in(then: Floats, now: Floats, rng: Rng, level: int) -> tuple[Any, Any]:
    """No fault: a second population joined the first."""
    share = (0.2, 0.35, 0.6)[level]
    second = rng.normal(float(np.quantile(then, 0.9)) + 0.7 * then.std(), 0.5 * then.std(), now.size)
    return then, np.where(rng.random(now.size) < share, second, now)


NUMERIC_FAULTS: Mapping[str, tuple[str, Fault]] = {
    "null_spike": ("null_spike", null_spike),
    "selective_nulls": ("null_spike", selective_nulls),
    "all_null": ("null_spike", all_null),
    "null_to_sentinel": ("null_to_sentinel", null_to_sentinel),
    "default_value": ("default_value", default_value),
    "known_factor": ("unit_change", known_factor),
    "free_factor": ("unit_change", free_factor),
    "celsius": ("unit_change", celsius),
    "partial_factor": ("unit_change", partial_factor),
    "offset": ("offset", offset),
    "kelvin": ("offset", kelvin),
    "clipped_above": ("clipping", clipped_above),
    "clipped_below": ("clipping", clipped_below),
    "rounded": ("precision_loss", rounded),
    "became_text": ("type_change", became_text),
    "became_constant": ("constant_column", became_constant),
    "reshaped": ("distribution_shift", reshaped),
    "mixed_in": ("distribution_shift", mixed_in),
}


def numeric_case(name: str, family: Numbers, rng: Rng, n: int, level: int) -> tuple[str, Evidence]:
    """Return (the cause expected, the evidence) of one numeric scenario."""
    expected, fault = NUMERIC_FAULTS[name]
    then, now = fault(family.draw(rng, n), family.draw(rng, n), rng, level)
    return expected, column_evidence({"x": then}, {"x": now})


# --- faults of a label column ----------------------------------------------------------------------------------------

LabelFault = Callable[[NDArray[np.str_], NDArray[np.str_], Rng, int], tuple[Any, Any]]


def _common(values: NDArray[np.str_]) -> list[str]:
    names, counts = np.unique(values, return_counts=True)
    return [str(name) for name in names[np.argsort(-counts)]]


def unseen(then: NDArray[np.str_], now: NDArray[np.str_], rng: Rng, level: int) -> tuple[Any, Any]:
    share = _pick(rng, ((0.02, 0.04), (0.06, 0.15), (0.3, 0.5)), level)
    return then, np.where(rng.random(now.size) < share, "ZZ9", now)


def missing(then: NDArray[np.str_], now: NDArray[np.str_], rng: Rng, level: int) -> tuple[Any, Any]:
    gone = _common(then)[(3, 2, 0)[level]]
    del rng
    return then, now[now != gone]


def collapsed(then: NDArray[np.str_], now: NDArray[np.str_], rng: Rng, level: int) -> tuple[Any, Any]:
    order = _common(then)
    gone = order[3 - level]
    into = order[rng.choice([0, 1, 4]) if level < 2 else rng.choice([0, 2])]
    return then, np.where(now == gone, into, now)


def lower_case(then: NDArray[np.str_], now: NDArray[np.str_], rng: Rng, level: int) -> tuple[Any, Any]:
    share = _pick(rng, ((0.1, 0.2), (0.3, 0.6), (1.0, 1.0)), level)
    return then, np.where(rng.random(now.size) < share, np.char.lower(now), now)


def padded(then: NDArray[np.str_], now: NDArray[np.str_], rng: Rng, level: int) -> tuple[Any, Any]:
    del rng
    return then, np.char.add(*((now, " "), ("code_", now), (now, "-1"))[level])


def renumbered(then: NDArray[np.str_], now: NDArray[np.str_], rng: Rng, level: int) -> tuple[Any, Any]:
    del level
    codes = {name: f"{code:02d}" for code, name in enumerate(rng.permutation(np.unique(np.append(then, now))))}
    return then, np.array([codes[name] for name in now])


def exchanged(then: NDArray[np.str_], now: NDArray[np.str_], rng: Rng, level: int) -> tuple[Any, Any]:
    del rng
    order = _common(then)
    first, second = order[0], order[1 + level]
    return then, np.where(now == first, second, np.where(now == second, first, now))


def cut(then: NDArray[np.str_], now: NDArray[np.str_], rng: Rng, level: int) -> tuple[Any, Any]:
    del rng
    long = {name: f"{name}-{position * 7:04d}-region" for position, name in enumerate(np.unique(np.append(then, now)))}
    then, now = np.array([long[name] for name in then]), np.array([long[name] for name in now])
    length = (8, 5, 2)[level]
    return then, np.array([name[:length] for name in now])


def stand_in(then: NDArray[np.str_], now: NDArray[np.str_], rng: Rng, level: int) -> tuple[Any, Any]:
    share = _pick(rng, ((0.04, 0.06), (0.1, 0.2), (0.4, 0.6)), level)
    return then, np.where(rng.random(now.size) < share, rng.choice(["unknown", "", "N/A"]), now)


def null_to_label(then: NDArray[np.str_], now: NDArray[np.str_], rng: Rng, level: int) -> tuple[Any, Any]:
    share = _pick(rng, ((0.03, 0.06), (0.1, 0.2), (0.3, 0.5)), level)
    name = rng.choice(["", "NA", "unknown"])
    return with_nulls(then, rng.random(then.size) < share), np.where(rng.random(now.size) < share, name, now)


def label_nulls(then: NDArray[np.str_], now: NDArray[np.str_], rng: Rng, level: int) -> tuple[Any, Any]:
    share = _pick(rng, ((0.03, 0.06), (0.1, 0.2), (0.4, 0.8)), level)
    return then, with_nulls(now, rng.random(now.size) < share)


def new_mix(then: NDArray[np.str_], now: NDArray[np.str_], rng: Rng, level: int) -> tuple[Any, Any]:
    """No fault: the same labels in other proportions."""
    names, counts = np.unique(now, return_counts=True)
    shares = counts / counts.sum() * np.exp(rng.normal(0, (0.5, 0.8, 1.1)[level], names.size))
    return then, rng.choice(names, now.size, p=shares / shares.sum())


LABEL_FAULTS: Mapping[str, tuple[str, LabelFault]] = {
    "unseen": ("unseen_category", unseen),
    "missing": ("category_missing", missing),
    "collapsed": ("category_missing", collapsed),
    "lower_case": ("category_reencoded", lower_case),
    "padded": ("category_reencoded", padded),
    "renumbered": ("category_reencoded", renumbered),
    "exchanged": ("category_reencoded", exchanged),
    "cut": ("precision_loss", cut),
    "stand_in": ("default_value", stand_in),
    "null_to_label": ("null_to_sentinel", null_to_label),
    "label_nulls": ("null_spike", label_nulls),
    "new_mix": ("distribution_shift", new_mix),
}


def label_case(name: str, kinds: int, rng: Rng, n: int, level: int) -> tuple[str, Evidence]:
    """Return (the cause expected, the evidence) of one scenario of labels."""
    expected, fault = LABEL_FAULTS[name]
    then, now = fault(labels(rng, n, kinds), labels(rng, n, kinds), rng, level)
    as_text = [side if isinstance(side, pa.Array) else pa.array([str(one) for one in side]) for side in (then, now)]
    return expected, column_evidence({"x": as_text[0]}, {"x": as_text[1]})


# --- faults of a timestamp column ------------------------------------------------------------------------------------


def zone(then: NDArray[np.int64], now: NDArray[np.int64], rng: Rng, level: int) -> tuple[Any, Any]:
    hours = (rng.choice([-1, 1, 2]), rng.choice([-5, 4, 8]), rng.choice([5.5, 5.75, -3.5]))[level]
    return timestamps(then), timestamps(now + round(hours * 3600) * 1_000_000)


def two_zones(then: NDArray[np.int64], now: NDArray[np.int64], rng: Rng, level: int) -> tuple[Any, Any]:
    summer = now - now.min() > (7, 14, 21)[level] * DAY
    del rng
    return timestamps(then), timestamps(now + np.where(summer, 4, 5) * 3_600_000_000)


def part_of_zone(then: NDArray[np.int64], now: NDArray[np.int64], rng: Rng, level: int) -> tuple[Any, Any]:
    share = _pick(rng, ((0.3, 0.4), (0.5, 0.6), (0.7, 0.9)), level)
    return timestamps(then), timestamps(now + (rng.random(now.size) < share) * int(rng.choice([6, 8])) * 3_600_000_000)


def to_days(then: NDArray[np.int64], now: NDArray[np.int64], rng: Rng, level: int) -> tuple[Any, Any]:
    del rng
    step = (60_000_000, 3_600_000_000, DAY)[level]
    return timestamps(then), timestamps(now // step * step)


def epoch(then: NDArray[np.int64], now: NDArray[np.int64], rng: Rng, level: int) -> tuple[Any, Any]:
    share = _pick(rng, ((0.03, 0.06), (0.1, 0.2), (0.4, 0.5)), level)
    nulls = rng.random(then.size) < share
    past = pa.array(then, pa.timestamp("us", "UTC"), mask=nulls)
    return past, timestamps(np.where(rng.random(now.size) < share, 0, now))


def other_hours(then: NDArray[np.int64], now: NDArray[np.int64], rng: Rng, level: int) -> tuple[Any, Any]:
    """No fault: the opening hours changed."""
    share = (0.3, 0.5, 0.8)[level]
    evening = now // DAY * DAY + (18 * 3600 + rng.integers(0, 5 * 3600, now.size)) * 1_000_000
    return timestamps(then), timestamps(np.where(rng.random(now.size) < share, evening, now))


TimeFault = Callable[[NDArray[np.int64], NDArray[np.int64], Rng, int], tuple[Any, Any]]

TIME_FAULTS: Mapping[str, tuple[str, TimeFault]] = {
    "zone": ("wrong_timezone", zone),
    "two_zones": ("wrong_timezone", two_zones),
    "part_of_zone": ("wrong_timezone", part_of_zone),
    "to_days": ("precision_loss", to_days),
    "epoch": ("null_to_sentinel", epoch),
    "other_hours": ("distribution_shift", other_hours),
}


def time_case(name: str, rng: Rng, n: int, level: int) -> tuple[str, Evidence]:
    """Return (the cause expected, the evidence) of one scenario of timestamps of two successive months."""
    expected, fault = TIME_FAULTS[name]
    then, now = fault(times(rng, n), times(rng, n, start_day=15_028), rng, level)
    return expected, column_evidence({"x": then}, {"x": now})
