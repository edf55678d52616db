"""Small parts: figures of columns, their comparison, wording, and the worked examples of every module."""

from __future__ import annotations

import datetime as dt
import doctest
import importlib
import pkgutil
from math import inf, isnan

import numpy as np
import pyarrow as pa
import pytest

import stageprint.diagnosis
from stageprint.diagnosis.atoms import ShareOfValue, gains, is_sentinel
from stageprint.diagnosis.base import all_causes, candidates
from stageprint.diagnosis.causes.column_swapped import alike
from stageprint.diagnosis.clock import rotation
from stageprint.diagnosis.example import table_profile, two_runs
from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.pair import Pair, noise
from stageprint.diagnosis.repeats import repeats
from stageprint.diagnosis.volume import kept_keys
from stageprint.model import ColumnKind, ColumnProfile, TableKey
from stageprint.model.figures import moment, number

MODULES = [info.name for info in pkgutil.iter_modules(stageprint.diagnosis.__path__) if info.name != "causes"]
TABLE = TableKey("raw", "t")


@pytest.mark.parametrize("name", MODULES)
def test_worked_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(f"stageprint.diagnosis.{name}")).failed == 0


def facts(values: object) -> Facts:
    return Facts.of(table_profile(TABLE, {"x": values}).columns["x"])


def test_facts_of_every_kind() -> None:
    numbers = facts([1.0, 2.0, None, float("nan")] * 20)
    assert (numbers.rows, numbers.nulls, numbers.nans, numbers.values, numbers.missing_share) == (80, 20, 20, 40, 0.5)
    assert (numbers.low, numbers.high, numbers.mean) == (1.0, 2.0, 1.5)
    assert numbers.labels == {"1": 0.5, "2": 0.5}
    assert (numbers.mass(2.0), numbers.mass(3.0)) == (0.5, 0.0)
    texts = facts(["a", "bb", "bb", None])
    assert texts.labels == pytest.approx({"a": 1 / 3, "bb": 2 / 3})
    assert (texts.mass(1.0), texts.quantiles.size) == (0.0, 0)
    assert texts.lengths is not None
    assert texts.lengths.points.tolist() == [1.0, 2.0]
    assert facts([True, True, False, None]).labels == pytest.approx({"true": 2 / 3, "false": 1 / 3})
    assert facts([True, True]).constant
    assert facts([dt.date(2013, 5, 1)]).temporal
    assert facts([0.5, 1.5] * 20).labels == {}
    nothing = facts(pa.nulls(3, pa.float64()))
    assert (nothing.missing_share, nothing.constant, isnan(nothing.mean)) == (1.0, False, True)
    assert facts(pa.nulls(0, pa.float64())).missing_share == 0.0


def test_facts_without_states() -> None:
    bare = Facts.of(ColumnProfile("x", 0, "map<string,int>", ColumnKind.OTHER, {}))
    assert (bare.rows, bare.values, bare.constant) == (0, 0, False)


def test_two_sides_without_values() -> None:
    empty = Pair(facts(pa.nulls(0, pa.float64())), facts([1.0, 2.0]), {})
    assert (empty.sampling, empty.missing_step, empty.ks, isnan(empty.log_spread)) == (inf, inf, 0.0, True)
    assert not alike(empty)
    assert noise({}, {}, (0, 1)) == inf


def test_values_left_out() -> None:
    values = [float(i % 50) for i in range(1000)]
    assert Pair(facts(values), facts([value for value in values if value < 20]), {}).selected == pytest.approx(0.0)
    assert Pair(facts(values), facts([value + 100 for value in values]), {}).selected == 1.0
    assert Pair(facts(["a"]), facts(["b"]), {}).selected == 0.0


def test_nulls_that_usually_come_and_go() -> None:
    values = [None if i % 10 == 0 else 1.0 for i in range(10_000)]
    more = [None if i % 8 == 0 else 1.0 for i in range(10_000)]
    assert Pair(facts(values), facts(more), {}).missing_step < 0.025
    assert Pair(facts(values), facts(more), {"null_share": 0.2}).missing_step > 0.025


def test_a_side_with_more_nulls_is_not_alike() -> None:
    values = [float(i % 50) for i in range(1000)]
    lost = [None if i % 3 == 0 else value for i, value in enumerate(values)]
    assert alike(Pair(facts(values), facts(values), {}))
    assert not alike(Pair(facts(values), facts(lost), {}))


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (0.0, ColumnKind.DATE, True),
        (20.0, ColumnKind.DATE, False),
        (5 * 3.6e9, ColumnKind.TIMESTAMP, True),
        (1e15, ColumnKind.TIMESTAMP_NTZ, False),
        (9.0, ColumnKind.INTEGER, False),
        (99.0, ColumnKind.INTEGER, True),
        (-9999.0, ColumnKind.FLOAT, True),
        (9.9, ColumnKind.FLOAT, False),
    ],
)
def test_values_that_stand_for_no_value(value: float, kind: ColumnKind, expected: bool) -> None:
    assert is_sentinel(ShareOfValue(value, None, 0.1, 0.0), kind) is expected


def test_atoms_need_both_sides() -> None:
    assert gains(Pair(facts(pa.nulls(3, pa.string())), facts(["a"]), {})) == []
    assert gains(Pair(facts(["a"]), facts([1.0]), {})) == []


def test_wording_of_what_no_calendar_has() -> None:
    assert moment(1e18, ColumnKind.TIMESTAMP) == "1,000,000,000,000,000,000" or "e+18" in moment(
        1e18, ColumnKind.TIMESTAMP
    )
    assert moment(1.5e6, ColumnKind.TIMESTAMP) == "1970-01-01 00:00:01"
    assert (number(inf), number(1.5e16), number(12345.6)) == ("inf", "1.5e+16", "12,346")


def test_a_cycle_that_hardly_moved() -> None:
    flat = np.full(24, 1 / 24)
    assert rotation(flat, flat, 0.01) is None


def test_keys_that_do_not_match() -> None:
    assert kept_keys({}, {}) is None
    one = table_profile(TABLE, {"id": [1, 2]}, keys=("id",)).keys
    other = table_profile(TABLE, {"no": [1, 2]}, keys=("no",)).keys
    empty = table_profile(TABLE, {"id": pa.nulls(2, pa.int64())}, keys=("id",)).keys
    assert kept_keys(other, one) is None
    assert kept_keys(one, empty) is None
    assert kept_keys(one, one) == 1.0


def test_repeats_need_an_earlier_run() -> None:
    evidence, key = two_runs([1.0, 2.0], [1.0, 2.0])
    assert [node.column for node in repeats(evidence, key.table_key).equal] == ["x"]
    assert repeats(evidence, key.table_key) is repeats(evidence, key.table_key)


def test_candidates_are_ranked_remembered_and_fit_at_least_half() -> None:
    evidence, key = two_runs([float(i % 90) for i in range(2000)], [float(i % 90) * 1000 for i in range(2000)])
    found = candidates(evidence, key)
    assert found is candidates(evidence, key)
    scores = [candidate.fit.score for candidate in found]
    assert scores == sorted(scores, reverse=True)
    assert all(candidate.fit.score >= 0.5 for candidate in found if candidate.cause.signature)
    assert found[-1].cause.name == "distribution_shift"
    assert set(all_causes()) >= {candidate.cause.name for candidate in found}
