"""Runs the queries for the rows of findings, which are written for Spark, by SQLite."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import pandas as pd

from stageprint.report.faulty_rows import FaultyRows, RowQuery

Stages: TypeAlias = Mapping[str, Mapping[str, pd.DataFrame]]

_JOIN: Final = re.compile(r"SELECT (.*)\nFROM (.*) (\w)\nLEFT (ANTI|SEMI) JOIN (.*) (\w)\nON (.*)")
_FILE: Final = re.compile(r"(?:parquet|delta)\.`(?:[^`]*/)?(\w+?)(?:\.parquet)?`(?: VERSION AS OF \d+)?")
"""A table that is named by its path, which ends with the table's name."""

_REPEATED: Final = frozenset({"duplicated_keys", "duplicated_load", "join_duplicated_rows"})


def rows_of(tables: Mapping[str, pd.DataFrame], sql: str) -> list[tuple[Any, ...]]:
    """Return the rows that a query of Spark's returns; times are microseconds since 1970.

    Args:
        tables: The tables that the query may name.
        sql: The query.
    """
    with closing(sqlite3.connect(":memory:")) as database:
        database.create_function("isnan", 1, lambda value: value is not None and value != value)  # noqa: PLR0124 -- NaN
        database.create_function("double", 1, float)
        database.create_function("timestamp_micros", 1, lambda micros: micros)
        for name in sorted({found[1] for found in _FILE.finditer(sql)}):
            _numbers_for_times(tables[name]).to_sql(name, database, index=False)
        translated, index = _translated(sql)
        if index:
            database.execute(index)
        return list(database.execute(translated))


def _numbers_for_times(frame: pd.DataFrame) -> pd.DataFrame:
    times = [name for name in frame.columns if isinstance(frame[name].dtype, pd.DatetimeTZDtype)]
    micros = {name: frame[name].astype("datetime64[us, UTC]").astype("int64").astype("Int64") for name in times}
    return frame.assign(**{name: one.mask(frame[name].isna()) for name, one in micros.items()})


def _translated(sql: str) -> tuple[str, str]:
    """Return a query in SQLite's words, and the index that it needs so as not to take minutes; empty: none."""
    plain, index = _FILE.sub(r"\1", sql), ""
    join = _JOIN.fullmatch(plain)
    if join is not None:
        shown, left, one, kind, right, other, same = join.groups()
        negated = "NOT " if kind == "ANTI" else ""
        columns = ", ".join(re.findall(rf"{other}\.(`\w+`)", same))
        index = f"CREATE INDEX looked_up ON {right} ({columns})"
        plain = f"SELECT {shown} FROM {left} {one} WHERE {negated}EXISTS (SELECT 1 FROM {right} {other} WHERE {same})"
    return plain.replace("<=>", "IS").replace("\\'", "''").replace("AS STRING", "AS TEXT"), index


@dataclass(frozen=True)
class Returned:
    """What the query for the rows of a finding returned, beside what is true.

    Attributes:
        query: The query.
        rows: Rows that it returned.
        faulty: Those of them that differ from the healthy run's row of their key.
        repeated: Rows beyond the first of each key, where the query counts the rows of each.
    """

    query: RowQuery
    rows: int
    faulty: int
    repeated: int = 0


def returned(about: FaultyRows, finding: Mapping[str, Any], made: Stages, healthy: Stages) -> Returned | None:
    """Run the query for the rows of a finding, and compare what it returns with the healthy run; None: it has none.

    Args:
        about: The queries of the run.
        finding: The finding.
        made: Stage → table → rows, with a fault.
        healthy: The same without it.
    """
    query = about.of(finding)
    if query is None:
        return None
    rows = rows_of({name: frame for tables in made.values() for name, frame in tables.items()}, query.sql)
    place = f"{finding['stage']}.{finding['table']}"
    keys = about.keys(place)
    (now, then) = (one[finding["stage"]][finding["table"]] for one in (made, healthy))
    evidence, cause = finding["evidence"], finding["cause"]
    columns = [str(one).rpartition(".")[2] for one in evidence.get("columns") or ()]
    found = {row[: len(keys)] for row in rows}
    if cause in _REPEATED:
        after, before = _counts(now, keys), _counts(then, keys)
        faulty = sum(after[key] > before[key] for key in found)
        return Returned(query, len(rows), faulty, sum(row[-1] - 1 for row in rows))
    if cause == "train_evaluation_overlap":
        before = _counts(then, keys)
        return Returned(query, len(rows), sum(key not in before for key in found))
    if cause == "join_lost_rows" and not columns:
        after, before = _counts(now, keys), _counts(then, keys)
        return Returned(query, len(rows), sum(key in before and key not in after for key in found))
    declared = about.table(place)
    assert declared is not None
    columns = columns or [str(finding["column"] or declared.model_version)]
    after_values, before_values = _values(now, keys, columns), _values(then, keys, columns)
    faulty = sum(after_values[row[: len(keys)]] != before_values.get(row[: len(keys)]) for row in rows)
    return Returned(query, len(rows), faulty)


def _counts(frame: pd.DataFrame, keys: Sequence[str]) -> Counter[tuple[Any, ...]]:
    return Counter(row[: len(keys)] for row in _tuples(frame, keys))


def _values(frame: pd.DataFrame, keys: Sequence[str], columns: Sequence[str]) -> dict[tuple[Any, ...], list[Any]]:
    found: dict[tuple[Any, ...], list[Any]] = {}
    for row in _tuples(frame, [*keys, *columns]):
        found.setdefault(row[: len(keys)], []).append(row[len(keys) :])
    return {key: sorted(values, key=str) for key, values in found.items()}


def _tuples(frame: pd.DataFrame, columns: Sequence[str]) -> Iterator[tuple[Any, ...]]:
    """Yield rows as SQLite returns them."""
    for row in _numbers_for_times(frame[list(columns)]).itertuples(index=False, name=None):
        yield tuple(None if value is pd.NA or value != value else value for value in row)  # noqa: PLR0124 -- NaN
