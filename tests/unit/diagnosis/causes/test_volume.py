"""Rows lost, repeated, short, twice: told apart by source, keys, ranges and gaps."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from math import log
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.diagnosis.base import all_causes, candidates
from stageprint.diagnosis.causes.partial_load import PartialLoad
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import evidence_of, flag, table_profile, two_stages
from stageprint.diagnosis.graph import table_node
from stageprint.model import ColumnKey, TableKey, TableProfile
from tests.unit.diagnosis.scenarios import DAY, as_profile, take, trip_table

RNG = np.random.default_rng(21)
RAW, DIM, JOINED = TableKey("raw", "t"), TableKey("raw", "dim"), TableKey("joined", "t")
UPSTREAM = {"raw": (), "joined": ("raw",)}


def names(evidence: Evidence, key: ColumnKey) -> list[str]:
    return [candidate.cause.name for candidate in candidates(evidence, key)]


def month(number: int, n: int = 2000) -> dict[str, Any]:
    return trip_table(np.random.default_rng(number), n, 10_000 * number, 15_000 + 28 * number)


def source(then: Any, now: Any, *, keys: tuple[str, ...] = ("id",), more: Any = ()) -> tuple[Evidence, ColumnKey]:
    """Return the evidence of a source table whose rows are flagged."""
    runs = {str(number): {RAW: as_profile(RAW, table, keys=keys)} for number, table in enumerate((*more, then, now), 1)}
    node = table_node(RAW)
    return evidence_of(runs, {"raw": ()}, [flag(node, "rows")]), node


def rows(table: Any) -> int:
    return len(next(iter(table.values())))


@pytest.mark.parametrize("share", [0.95, 0.6, 0.1])
def test_a_short_source_without_a_gap(share: float) -> None:
    now = month(2)
    evidence, key = source(month(1), take(now, np.flatnonzero(RNG.random(2000) < share)))
    best = candidates(evidence, key)[0]
    assert (best.cause.name, best.fit.score) == ("partial_load", 0.75)
    assert "may also be less business" in best.fit.sentence


def test_gaps() -> None:
    now = month(2)
    cut = take(now, np.flatnonzero(now["at"] < now["at"].min() + 20 * DAY))
    night = take(now, np.flatnonzero(now["at"] // (DAY // 24) % 24 < 12))
    kinds = take(now, np.flatnonzero(now["kind"] != "AA"))
    for table, score, told in (
        (cut, 0.96, "the load was cut off"),
        (night, 0.93, "has no rows from 12:00"),
        (kinds, 0.93, "has no rows of 'AA'"),
    ):
        evidence, key = source(month(1), table)
        best = candidates(evidence, key)[0]
        assert (best.cause.name, best.fit.score) == ("partial_load", score)
        assert told in best.fit.sentence


@pytest.mark.parametrize(("files", "score"), [((12, 8), 0.93), ((12, 12), 0.75), ((12, 2), 0.75), ((None, 8), 0.75)])
def test_files_that_did_not_come(files: tuple[int | None, int], score: float) -> None:
    now = take(month(2), np.flatnonzero(RNG.random(2000) < 2 / 3))
    tables = [
        replace(as_profile(RAW, values, keys=("id",)), facts={"source_files": number})
        for values, number in zip((month(1), now), files, strict=True)
    ]
    node = table_node(RAW)
    evidence = evidence_of({"1": {RAW: tables[0]}, "2": {RAW: tables[1]}}, {"raw": ()}, [flag(node, "rows")])
    best = candidates(evidence, node)[0]
    assert (best.cause.name, best.fit.score) == ("partial_load", score)
    assert ("8 files came instead of 12" in best.fit.sentence) == (score > 0.9)


def test_a_month_of_28_days_is_whole() -> None:
    long = trip_table(np.random.default_rng(5), 2200)
    long["at"] = 15_000 * DAY + (long["at"] - 15_000 * DAY) * 31 // 28
    evidence, key = source(long, month(1, 1980))
    assert candidates(evidence, key)[0].fit.score == 0.75


def test_a_column_that_is_new_or_empty_shows_no_gap() -> None:
    now = take(month(2), np.arange(1200))
    evidence, key = source(month(1), {"added": np.arange(1200.0), **now})
    assert names(evidence, key)[:2] == ["schema_change", "partial_load"]
    empty = {RAW: table_profile(RAW, {"id": np.arange(1200), "at": pa.nulls(1200, pa.timestamp("us", "UTC"))})}
    runs = {"1": {RAW: as_profile(RAW, {name: month(1)[name] for name in ("id", "at")})}, "2": empty}
    node = table_node(RAW)
    best = candidates(evidence_of(runs, {"raw": ()}, [flag(node, "rows")]), node)[0]
    assert (best.cause.name, best.fit.score) == ("partial_load", 0.75)


def test_nothing_came() -> None:
    evidence, key = source(month(1), take(month(2), np.zeros(0, dtype=int)))
    best = candidates(evidence, key)[0]
    assert best.fit.deterministic
    assert "nothing was loaded" in best.fit.sentence
    evidence, key = source(take(month(1), np.zeros(0, dtype=int)), month(2))
    assert names(evidence, key) == ["distribution_shift"]


def test_growth_without_repetition_has_no_signature() -> None:
    evidence, key = source(month(1), month(2, 2600))
    assert names(evidence, key) == ["distribution_shift"]
    evidence, key = source(month(1), month(2, 2600), keys=())
    assert names(evidence, key) == ["distribution_shift"]


def test_repeated_rows() -> None:
    now = month(2)
    evidence, key = source(month(1), take(now, np.arange(2000) // 2 * 2 % 2000))
    assert names(evidence, key)[0] == "duplicated_keys"
    evidence, key = source(month(1), take(now, np.arange(3000) % 2000))
    assert names(evidence, key)[0] == "duplicated_load"
    evidence, key = source(month(1), take(now, np.arange(4000) % 2000), keys=())
    best = candidates(evidence, key)[0]
    assert (best.cause.name, best.fit.score) == ("duplicated_load", 0.75)
    assert "probably loaded 2 times" in best.fit.sentence


def counted(ids: Any, repeated: int) -> TableProfile:
    """Profile a table of more keys than a sketch holds, whose repeated rows were counted."""
    profile = as_profile(RAW, {"id": np.asarray(ids)})
    return replace(profile, facts={"key_null_rows": {"id": 0}, "key_duplicate_rows": {"id": repeated}})


SIZES = (6000, 6010, 5995, 6005, 6000)


@pytest.mark.parametrize(
    ("sizes", "ids", "repeated", "cause", "told"),
    [
        (
            SIZES,
            [*range(6000), *range(300)],
            300,
            ["duplicated_load"],
            "300 rows repeat a key in raw.t since 5 (before none; 6,300 rows, before 6,000): rows were loaded more",
        ),
        (SIZES, [max(i, 60) for i in range(6000)], 60, ["duplicated_keys"], "60 rows repeat a key in raw.t since 5"),
        (SIZES, [max(i, 20) for i in range(6000)], 20, ["duplicated_keys"], "0.3 % of the rows carry the key of"),
        # Rows that vary by a tenth do not say whether 1 % were added.
        (
            (5500, 6500, 5400, 6600, 6000),
            [*range(5700), *range(57)],
            57,
            ["duplicated_load", "duplicated_keys"],
            "57 rows repeat a key in raw.t since 5 (before none;",
        ),
    ],
)
def test_repeated_rows_that_were_counted(
    sizes: tuple[int, ...], ids: list[int], repeated: int, cause: list[str], told: str
) -> None:
    runs = {str(n): {RAW: counted(np.arange(size) + 10_000 * n, 0)} for n, size in enumerate(sizes)}
    node = table_node(RAW)
    evidence = evidence_of({**runs, "5": {RAW: counted(ids, repeated)}}, {"raw": ()}, [flag(node, "unique_key")])
    assert [name for name in names(evidence, node) if name != "distribution_shift"] == cause
    fit = candidates(evidence, node)[0].fit
    assert told in fit.sentence
    assert fit.evidence["rows_per_key"] == round(len(ids) / (len(ids) - repeated), 4)
    assert fit.evidence["rows_per_key_before"] == 1


def test_keys_that_became_equal_do_not_explain_rows_that_are_gone() -> None:
    runs = {str(n): {RAW: counted(np.arange(6000) + 10_000 * n, 0)} for n in range(5)}
    node = table_node(RAW)
    last = {"5": {RAW: counted([max(i, 20) for i in range(3000)], 20)}}
    for statistics, cause in ((("unique_key", "rows"), "partial_load"), (("unique_key",), "duplicated_keys")):
        evidence = evidence_of({**runs, **last}, {"raw": ()}, [flag(node, name) for name in statistics])
        assert names(evidence, node)[0] == cause


def test_rows_of_an_earlier_load_again() -> None:
    first, second, third = month(1), month(2), month(3)
    again = {name: np.concatenate([third[name], second[name][:800]]) for name in third}
    evidence, key = source(second, again, more=(first,))
    best = candidates(evidence, key)[0]
    assert best.cause.name == "duplicated_load"
    assert "repeat keys of 2 since" in best.fit.sentence


def test_a_dimension_has_its_keys_again_in_every_run() -> None:
    same = month(1)
    evidence, key = source(same, take(same, np.arange(1990)), more=(same,))
    assert "duplicated_load" not in names(evidence, key)


def test_without_keys_in_an_earlier_run() -> None:
    runs = {"1": {}, "2": {RAW: as_profile(RAW, month(1))}, "3": {RAW: as_profile(RAW, month(1, 1500), keys=())}}
    node = table_node(RAW)
    assert names(evidence_of(runs, {"raw": ()}, [flag(node, "rows")]), node)[0] == "partial_load"
    runs["1"] = {RAW: as_profile(RAW, month(1), keys=())}
    assert names(evidence_of(runs, {"raw": ()}, [flag(node, "rows")]), node)[0] == "partial_load"


def plain(table: Any) -> Any:
    return {name: values for name, values in table.items() if name in ("id", "distance", "fare")}


@pytest.mark.parametrize("share", [0.99, 0.8, 0.3])
def test_a_join_that_drops(share: float) -> None:
    first, second = plain(month(1)), plain(month(2))
    kept = take(second, np.flatnonzero(RNG.random(2000) < share))
    for keys, score in (((), 0.8), (("id",), 0.95)):
        evidence, key = two_stages((first, first), (second, kept), keys=keys)
        best = candidates(evidence, key)[0]
        assert best.cause.name == "join_lost_rows"
        assert best.fit.score == pytest.approx(score)
        assert best.fit.evidence["retention"] == pytest.approx(rows(kept) / 2000)
        assert ", before 100.0 %): an inner join or a filter drops rows" in best.fit.sentence


def test_an_empty_result_is_no_join() -> None:
    first, second = plain(month(1)), plain(month(2))
    evidence, key = two_stages((first, first), (second, take(second, np.zeros(0, dtype=int))))
    assert names(evidence, key)[0] == "partial_load"


def test_a_short_source_is_not_the_joins_fault() -> None:
    first, second = plain(month(1)), plain(take(month(2), np.arange(1000)))
    evidence, key = two_stages((first, first), (second, second))
    assert names(evidence, key) == ["distribution_shift"]


def test_a_result_cut_off_behind_a_whole_source() -> None:
    first, second = month(1), month(2)
    cut = take(second, np.flatnonzero(second["at"] < second["at"].min() + 15 * DAY))
    runs = {
        "1": {RAW: as_profile(RAW, first), JOINED: as_profile(JOINED, first)},
        "2": {RAW: as_profile(RAW, second), JOINED: as_profile(JOINED, cut)},
    }
    node = table_node(JOINED)
    found = candidates(evidence_of(runs, UPSTREAM, [flag(node, "rows")]), node)
    fits = {candidate.cause.name: candidate.fit.score for candidate in found}
    assert fits == {"partial_load": 0.96, "join_lost_rows": 0.95, "distribution_shift": 0.2}


@pytest.mark.parametrize("share", [0.02, 0.3, 1.0])
def test_a_join_that_repeats(share: float) -> None:
    first, second = plain(month(1)), plain(month(2))
    more = take(second, np.concatenate([np.arange(2000), RNG.choice(2000, int(share * 2000), replace=False)]))
    for keys in ((), ("id",)):
        evidence, key = two_stages((first, first), (second, more), keys=keys)
        assert names(evidence, key)[0] == "join_duplicated_rows"


def test_rows_that_were_dropped_before_come_back() -> None:
    first, second = plain(month(1)), plain(month(2))
    evidence, key = two_stages((first, take(first, np.arange(1500))), (second, second), keys=("id",))
    assert "join_duplicated_rows" not in names(evidence, key)
    evidence, key = two_stages((first, take(first, np.arange(1500))), (second, second))
    assert candidates(evidence, key)[0].fit.score == pytest.approx(0.7)


def test_a_source_that_was_not_profiled_tells_nothing() -> None:
    first, second = plain(month(1)), plain(month(2))
    runs: dict[str, Any] = {
        "1": {RAW: as_profile(RAW, first), JOINED: as_profile(JOINED, first)},
        "2": {JOINED: as_profile(JOINED, take(second, np.arange(1500)))},
    }
    node = table_node(JOINED)
    assert names(evidence_of(runs, UPSTREAM, [flag(node, "rows")]), node) == ["partial_load", "distribution_shift"]


def test_a_source_that_failed_in_the_run_before_is_compared_with_the_run_before_that() -> None:
    keys = ("id",)
    tables = [
        {RAW: as_profile(RAW, month(n), keys=keys), JOINED: as_profile(JOINED, month(n), keys=keys)} for n in (1, 2)
    ]
    now = month(3)
    kept = take(now, np.flatnonzero(RNG.random(2000) < 0.8))
    runs = {
        "1": tables[0],
        "2": {JOINED: tables[1][JOINED]},
        "3": {RAW: as_profile(RAW, now, keys=keys), JOINED: as_profile(JOINED, kept, keys=keys)},
    }
    node = table_node(JOINED)
    evidence = evidence_of(runs, UPSTREAM, [flag(node, "rows")])
    assert evidence.reference_run(node) == "2"
    best = candidates(evidence, node)[0]
    assert (best.cause.name, best.fit.score) == ("join_lost_rows", 0.95)
    assert best.fit.evidence["retention_before"] == 1.0


def test_of_two_parents_the_one_of_like_size_is_the_source() -> None:
    first, second = plain(month(1)), plain(month(2))
    dimension = {"code": np.arange(50), "seats": RNG.normal(100, 20, 50)}
    wide = {"seats": RNG.normal(100, 20, 2000)}
    runs = {
        "1": {
            RAW: as_profile(RAW, first),
            DIM: as_profile(DIM, dimension),
            JOINED: as_profile(JOINED, {**first, **wide}),
        },
        "2": {
            RAW: as_profile(RAW, second),
            DIM: as_profile(DIM, dimension),
            JOINED: as_profile(JOINED, take({**second, **wide}, np.arange(1600))),
        },
    }
    node = table_node(JOINED)
    best = candidates(evidence_of(runs, UPSTREAM, [flag(node, "rows")]), node)[0]
    assert best.fit.evidence["source_table"] == "raw.t"
    assert best.fit.sentence.endswith(": an inner join or a filter drops rows")
    assert best.fit.evidence["lacking_table"] is None


@pytest.mark.parametrize("sketched", [True, False], ids=["by keys", "by nulls"])
@pytest.mark.parametrize("inner", [True, False])
def test_a_join_is_blamed_where_the_keys_of_the_other_side_show_it(inner: bool, sketched: bool) -> None:
    first, second = plain(month(1)), plain(month(2))
    codes = RNG.integers(0, 50, 2000)
    known = codes < 42
    kept = np.flatnonzero(known if inner else RNG.random(2000) < known.mean())
    dimension = as_profile(DIM, {"code": np.arange(42), "seats": RNG.normal(100, 20, 42)}, keys=("code",))
    code, wide = {"code": codes}, {"code": codes, "seats": np.where(known, RNG.normal(100, 20, 2000), np.nan)}

    def with_codes(key: TableKey, table: Any) -> TableProfile:
        both = as_profile(key, table), as_profile(key, table, keys=("code",))
        return replace(both[0], keys={**both[0].keys, **both[1].keys})

    joined = with_codes if sketched else as_profile
    runs = {
        "1": {RAW: with_codes(RAW, {**first, **code}), DIM: dimension, JOINED: joined(JOINED, {**first, **wide})},
        "2": {
            RAW: with_codes(RAW, {**second, **code}),
            DIM: dimension,
            JOINED: joined(JOINED, take({**second, **wide}, kept)),
        },
    }
    node = table_node(JOINED)
    best = candidates(evidence_of(runs, UPSTREAM, [flag(node, "rows")]), node)[0]
    assert best.cause.name == "join_lost_rows"
    if inner:
        told = f"a join with {DIM} drops rows: it lacks 16.0 % of the values of code that raw.t has"
        assert best.fit.sentence.endswith(told)
        assert best.fit.evidence["lacking_key_share"] == pytest.approx(0.16)
    else:
        assert best.fit.sentence.endswith(": an inner join or a filter drops rows")


@pytest.mark.parametrize(
    ("lacks", "gone", "told"),
    [
        (2, "all", "lacks 4.0 % of the values of code that raw.t has, and their rows are gone, which is a part of the"),
        (10, "half", "lacks 20.0 % of the values of code that raw.t has, and a part of those is gone"),
        (10, "none", None),
        (0, "none", None),
    ],
)
def test_keys_that_the_other_side_lacks_are_told_where_they_explain_a_part(
    lacks: int, gone: str, told: str | None
) -> None:
    first, second = plain(month(1)), plain(month(2))
    codes = RNG.integers(0, 50, 2000)
    lost = {"all": codes >= 50 - lacks, "half": codes >= 45, "none": codes < 0}[gone]
    kept = np.flatnonzero(~lost & (RNG.random(2000) < (0.6 if gone == "all" else 0.9)))
    dimension = as_profile(DIM, {"code": np.arange(50 - lacks), "seats": np.arange(50.0 - lacks)}, keys=("code",))

    def with_codes(key: TableKey, table: Any) -> TableProfile:
        both = as_profile(key, table), as_profile(key, table, keys=("code",))
        return replace(both[0], keys={**both[0].keys, **both[1].keys})

    code, wide = {"code": codes}, {"code": codes, "seats": np.where(codes < 50 - lacks, 1.0 * codes, np.nan)}
    runs = {
        "1": {RAW: with_codes(RAW, {**first, **code}), DIM: dimension, JOINED: with_codes(JOINED, {**first, **wide})},
        "2": {
            RAW: with_codes(RAW, {**second, **code}),
            DIM: dimension,
            JOINED: with_codes(JOINED, take({**second, **wide}, kept)),
        },
    }
    node = table_node(JOINED)
    best = candidates(evidence_of(runs, UPSTREAM, [flag(node, "rows")]), node)[0]
    assert best.cause.name == "join_lost_rows"
    assert best.fit.evidence["lacking_table"] is None
    if told is None:
        assert best.fit.sentence.endswith(": an inner join or a filter drops rows")
    else:
        assert f": an inner join or a filter drops rows; {DIM} {told}" in best.fit.sentence


def test_a_block_of_columns_must_be_large_and_lose_alike() -> None:
    names_in = ("p", "q", "r", "s")
    then = {name: RNG.normal(0, 1, 1000) for name in names_in}

    def lost(shares: dict[str, float]) -> dict[str, Any]:
        return {
            name: np.where(RNG.permutation(1000) < shares.get(name, 0) * 1000, np.nan, values)
            for name, values in then.items()
        }

    def found(now: dict[str, Any], above: dict[str, Any]) -> Any:
        runs = {
            "1": {RAW: as_profile(RAW, then), JOINED: as_profile(JOINED, then)},
            "2": {RAW: as_profile(RAW, above), JOINED: as_profile(JOINED, now)},
        }
        shifts = [flag(ColumnKey("joined", "t", name), "null_share") for name in names_in]
        return all_causes()["join_lost_rows"].explain(evidence_of(runs, UPSTREAM, shifts), table_node(JOINED))

    alike = found(lost({"p": 0.3, "q": 0.3, "r": 0.3, "s": 0.8}), then)
    assert alike.evidence["columns"] == ["p", "q", "r"]
    assert alike.score == 0.98
    assert found(lost({"p": 0.3, "q": 0.3, "r": 0.6}), then) is None
    everywhere = lost({"p": 0.3, "q": 0.3, "r": 0.3})
    assert found(everywhere, everywhere) is None


@pytest.mark.parametrize(
    ("source_end", "source_end_before", "told"),
    [(30, 31, True), (31, 31, False), (30, 30, False), (None, 31, False), (30, None, False)],
)
def test_a_source_that_ends_before_the_rows_is_said_to(
    source_end: int | None, source_end_before: int | None, told: bool
) -> None:
    names_in = ("p", "q", "r")
    then = {name: RNG.normal(0, 1, 1000) for name in names_in}
    now = {name: np.where(np.arange(1000) < 150, np.nan, values) for name, values in then.items()}

    def ends(key: TableKey, table: Any, year: int, day: int | None) -> Any:
        utc = dt.timezone.utc
        first, last = (dt.datetime(year, 12, one or 1, 23, tzinfo=utc) for one in (1, day))
        events = {} if day is None else {"event_time_min": first, "event_time_max": last}
        return replace(as_profile(key, table), facts=events)

    runs = {
        "1": {RAW: ends(RAW, then, 2012, source_end_before), JOINED: ends(JOINED, then, 2012, 31)},
        "2": {RAW: ends(RAW, then, 2013, source_end), JOINED: ends(JOINED, now, 2013, 31)},
    }
    shifts = [flag(ColumnKey("joined", "t", name), "null_share") for name in names_in]
    fit = all_causes()["join_lost_rows"].explain(evidence_of(runs, UPSTREAM, shifts), table_node(JOINED))
    assert fit is not None
    said = "whose events end at 2013-12-30 23:00, where those of joined.t go on to 2013-12-31 23:00"
    assert (said in fit.sentence) is told
    assert (fit.evidence["source_ends"] is not None) is told


@pytest.mark.parametrize(("fewest", "told"), [(500, True), (960, False)], ids=["of week-ends", "of any day"])
def test_a_partial_load_says_how_few_rows_there_ever_were(fewest: int, told: bool) -> None:
    key = TableKey("raw", "orders")
    then, now = ({"x": [float(number % 7) for number in range(rows)]} for rows in (1000, 200))
    shift = replace(flag(table_node(key), "volume_record"), value=log(fewest / 200))
    profiles = {"1": {key: table_profile(key, then)}, "2": {key: table_profile(key, now)}}
    fit = PartialLoad().explain(evidence_of(profiles, {"raw": ()}, [shift]), table_node(key))
    assert fit is not None
    assert ("(200, before 1,000, never under 500)" in fit.sentence) is told
