"""A run decided in parts, none of which sees the others, is decided as one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from stageprint.decision import PREVIOUS, RunPart, decide, merge_pools, previous_of
from stageprint.decision._variance import MIN_COLUMNS_FOR_PRIOR
from stageprint.shifts import MEASUREMENTS
from tests.unit.decision.runs import SETTINGS, Store, columns, fluctuating, row, table

COLUMNS = 3 * MIN_COLUMNS_FOR_PRIOR
ALERTING = columns(COLUMNS)[7]


def _astray(value: float = 0.9, statistic: str = "ks", history: int = 4) -> tuple[pa.Table, pa.Table]:
    """Return the measurements of a run in which a column shifted, and the history of all."""
    measure = fluctuating(COLUMNS)
    store = Store(measure).run(history)
    rows = [row(value, key=ALERTING, statistic=statistic, reference=name) for name in ("prev", "window", "long")]
    quiet = [one for one in measure(history) if one["column_name"] != ALERTING.column or one["statistic"] != statistic]
    return table([*quiet, *rows]), previous_of(store.decisions[-1])


def _of(rows: pa.Table, names: list[str]) -> pa.Table:
    return rows.filter(pc.is_in(rows["column_name"], value_set=pa.array(names)))


def _in_parts(measurements: pa.Table, previous: pa.Table, parts: int) -> pa.Table:
    names = [key.column for key in columns(COLUMNS)]
    groups = [names[number::parts] for number in range(parts)]
    split = [RunPart(_of(measurements, group), _of(previous, group), SETTINGS) for group in groups]
    pool = merge_pools(part.variance_pool() for part in split)
    hypotheses = np.sort(np.concatenate([part.hypotheses(pool) for part in split]))
    return pa.concat_tables([part.decide(pool, hypotheses) for part in split])


@pytest.mark.parametrize("parts", [1, 4, COLUMNS])
def test_parts_are_decided_as_the_whole(parts: int) -> None:
    measurements, previous = _astray()
    place = [("column_name", "ascending"), ("statistic", "ascending")]
    whole = decide(measurements, previous, SETTINGS).sort_by(place)
    together = _in_parts(measurements, previous, parts).sort_by(place)
    for name in ("column_name", "statistic", "references", "severity", "explanation", "reason", "deterministic"):
        assert together[name].to_pylist() == whole[name].to_pylist(), name
    for name in ("score", "p_value", "q_value", "expected_high", "effect"):
        assert together[name].to_pylist() == pytest.approx(whole[name].to_pylist(), rel=1e-9), name
    alerting = whole.filter(pc.equal(whole["severity"], "critical"))
    assert alerting["column_name"].to_pylist() == [ALERTING.column]


def test_a_part_alone_would_borrow_from_fewer_peers() -> None:
    measurements, previous = _astray()
    one = [ALERTING.column]
    alone = decide(_of(measurements, one), _of(previous, one), SETTINGS)
    of_it = _of(decide(measurements, previous, SETTINGS), one)
    assert alone["expected_high"].to_pylist() != pytest.approx(of_it["expected_high"].to_pylist(), rel=1e-3)


def test_a_part_without_columns_adds_nothing() -> None:
    part = RunPart(MEASUREMENTS.empty_table(), PREVIOUS.empty_table(), SETTINGS)
    assert part.variance_pool() == {}
    assert part.hypotheses({}).size == 0
    assert part.decide({}, np.zeros(0)).num_rows == 0


@pytest.mark.parametrize(
    ("value", "statistic", "history", "millions", "severity"),
    [(0.8, "ks", 3, 10, "none"), (0.6, "mean", 9, 1, "review")],
)
def test_millions_of_columns_have_no_more_false_findings_than_a_hundred_thousand(
    value: float, statistic: str, history: int, millions: int, severity: str
) -> None:
    measurements, previous = _astray(value, statistic, history)
    part = RunPart(measurements, previous, SETTINGS)
    pool = part.variance_pool()
    own = part.hypotheses(pool)

    def severity_among(others: int) -> str:
        found = part.decide(pool, np.sort(np.append(own, np.ones(others))))
        [severity] = _of(found, [ALERTING.column]).filter(pc.field("statistic") == statistic)["severity"].to_pylist()
        return str(severity)

    sizes = (0, 99_000, millions * 1_000_000)
    assert [severity_among(others) for others in sizes] == ["critical", "critical", severity]
