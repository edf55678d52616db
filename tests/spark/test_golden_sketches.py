"""Spark's own golden sketch queries, with this project's sketches in place of those that Spark's aggregates make.

Every query of the three sketch files is replayed or has a reason why it cannot be. The other files of the collection
hold queries without sketches: their moments and quantiles are held to in `test_numbers` and the unit tests.
"""

from __future__ import annotations

import json
import re
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import SparkSession
from pyspark.sql.pandas.functions import PandasUDFType, pandas_udf

from stageprint.batch.arrow_types import kind_of
from stageprint.batch.column import ColumnBatch
from stageprint.config.sketches import SketchSettings
from stageprint.model import ColumnKind
from stageprint.states.hll import HllState
from stageprint.states.kll import KllState
from stageprint.states.theta import ThetaState

GOLDEN: dict[str, list[dict[str, Any]]] = json.loads(
    (Path(__file__).parents[1] / "data" / "spark_golden_sketches.json").read_text(encoding="utf-8")
)["files"]
SKETCHES = {
    "hll": {"hll_sketch_agg": "own_hll"},
    "thetasketch": {"theta_sketch_agg": "own_theta"},
    "kllquantiles": {"kll_sketch_agg_double": "own_kll"},
}
UNSUPPORTED = {
    "COLLATE": "sketches hash bytes, whatever the collation",
    "collat": "sketches hash bytes, whatever the collation",
    "t_array": "arrays are profiled by length and element, not as one value",
    "ARRAY(": "arrays are profiled by length and element, not as one value",
    "kll_sketch_agg_bigint": "quantiles are kept of doubles",
    "kll_sketch_agg_float": "quantiles are kept of doubles",
    "hll_string_test": "texts that are not UTF-8 are one text, U+FFFD",
    "hll_utf8": "texts that are not UTF-8 are one text, U+FFFD",
}


def reason(name: str, case: dict[str, Any]) -> str | None:
    """Return why a golden case is not replayed, or None."""
    query = case["query"]
    if "Exception" in case["output"].split("\n", 1)[0]:
        return "an error of Spark's own"
    if not query.lstrip().upper().startswith(("SELECT", "WITH")):
        return "makes a table"
    for word, text in UNSUPPORTED.items():
        if word in query:
            return text
    return None if any(f"{function}(" in query for function in SKETCHES[name]) else "makes no sketch"


CASES = {name: [(case, reason(name, case)) for case in GOLDEN[name]] for name in SKETCHES}
REPLAYED = [
    pytest.param(name, case, id=f"{name}-{case['line']}")
    for name, cases in CASES.items()
    for case, why in cases
    if why is None
]


def test_every_case_is_replayed_or_has_a_reason() -> None:
    counted = {name: Counter("replayed" if why is None else why for _, why in cases) for name, cases in CASES.items()}
    assert {name: sum(counts.values()) for name, counts in counted.items()} == {
        "hll": 37,
        "thetasketch": 116,
        "kllquantiles": 86,
    }
    assert counted["thetasketch"]["replayed"] >= 35
    assert counted["hll"]["replayed"] >= 5
    assert counted["kllquantiles"]["replayed"] >= 4
    assert set(GOLDEN) == {*SKETCHES, "percentiles", "group-by", "linear-regression"}


def sketch(cls: Any, values: pd.Series, settings: SketchSettings, kind: ColumnKind | None = None) -> bytes:
    array = pa.Array.from_pandas(values)
    if pa.types.is_null(array.type):
        array = array.cast(pa.int64())
    found = kind or kind_of(array.type)
    state = cls.empty(found, settings)
    state.update(ColumnBatch(array, found))
    return bytes(state.to_bytes()[2:])


def size(parameters: tuple[pd.Series, ...], default: int) -> int:
    return int(parameters[0].iloc[0]) if parameters and len(parameters[0]) else default


def own_hll(values: pd.Series, *parameters: pd.Series) -> bytes:
    return sketch(HllState, values, SketchSettings(hll_lg_k=size(parameters, 12)))


def own_theta(values: pd.Series, *parameters: pd.Series) -> bytes:
    return sketch(ThetaState, values, SketchSettings(theta_lg_k=size(parameters, 12)))


def own_kll(values: pd.Series, *parameters: pd.Series) -> bytes:
    return sketch(KllState, values, SketchSettings(kll_k=size(parameters, 200)), ColumnKind.FLOAT)


@pytest.fixture(scope="module")
def golden(spark: SparkSession) -> SparkSession:
    """Return a session with the golden files' tables and this project's sketches as functions."""
    session = spark.newSession()
    # Spark 4.2 takes an aggregate written in Python for one of its own here, and fails.
    merging = "org.apache.spark.sql.catalyst.optimizer.MergeSubplans"
    session.conf.set("spark.sql.optimizer.excludedRules", merging)
    for function in (own_hll, own_theta, own_kll):
        with warnings.catch_warnings():
            # A type hint cannot say that a second argument may be there or not.
            warnings.simplefilter("ignore", UserWarning)
            made = pandas_udf(function, "binary", PandasUDFType.GROUPED_AGG)  # type: ignore[arg-type]
        session.udf.register(function.__name__, made)
    for name in SKETCHES:
        for case in GOLDEN[name]:
            query = case["query"]
            if case["output"] or "hll_string_test" in query or "ARRAY" in query:
                continue
            filled = re.match(r"INSERT INTO (hll_binary_test) VALUES ", query)
            if filled is not None:
                values = query[filled.end() :]
                rows = session.sql(f"SELECT * FROM VALUES {values} AS t(bytes)")
                rows.createOrReplaceTempView(filled[1])
            table = re.match(r"CREATE (?:OR REPLACE )?(?:TEMP(?:ORARY)? VIEW|TABLE) (\w+)(?: USING \w+)? AS\s+", query)
            if table is not None:
                session.sql(query[table.end() :].strip()).createOrReplaceTempView(table[1])
    return session


def text(value: object) -> str:
    """Return a value as the golden files write it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "NULL" if value is None else str(value)


@pytest.mark.parametrize(("name", "case"), REPLAYED)
def test_the_answer_is_sparks(golden: SparkSession, name: str, case: dict[str, Any]) -> None:
    query = case["query"]
    for function, own in SKETCHES[name].items():
        query = query.replace(f"{function}(", f"{own}(")
    rows = golden.sql(query).collect()
    shown = "\n".join("\t".join(text(value) for value in row) for row in rows)
    assert shown == case["output"]
