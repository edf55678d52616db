"""`stageprint skew` on a tiny shop: two codebases, the same keys, not the same features."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from stageprint import cli
from stageprint.api import compare_rows
from stageprint.config.loader import parse_config
from stageprint.errors import SourceError, UsageError
from stageprint.model import TableKey
from stageprint.pipeline.skew import table_pairs
from stageprint.skew.records import ColumnSkew, TableSkew
from tests.support import shop

RUN = "2026-03-02"
ROWS = 600


def served(features: pa.Table) -> pa.Table:
    """Return the features as the service computes them: cents, null prices as 0, local time, other names."""
    price = pc.fill_null(pc.multiply(features.column("price"), 100.0), 0.0)
    names = {"DE": "Germany", "FR": "France", "GB": "Britain", "IT": "Italy", "PL": "Poland"}
    moved = pc.subtract(features.column("ordered_at"), pa.scalar(3_600_000_000, pa.duration("us")))
    columns = {
        "ORDER_ID": features.column("order_id").cast(pa.string()),
        "country": pa.array([names[code] for code in features.column("country").to_pylist()]),
        "price": price,
        "items": features.column("items").cast(pa.float64()),
        "ordered_at": moved,
        "tags": pa.array([[1]] * features.num_rows),
        "latency": pa.array(np.arange(features.num_rows)),
    }
    table = pa.table(columns)
    # The first ten were never asked for, the last one twice, two have no key.
    last = table.slice(table.num_rows - 1)
    nameless = last.set_column(0, "ORDER_ID", pa.array([None], pa.string()))
    return pa.concat_tables([table.slice(10), last, nameless, nameless])


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("skew")
    features = shop.features(shop.orders(RUN, ROWS)).append_column("tags", pa.array([[1]] * ROWS))
    pq.write_table(features, root / "features.parquet")
    pq.write_table(served(features), root / "served.parquet")
    (root / "shop.yml").write_text(yaml(root), encoding="utf-8")
    return root


def yaml(root: Path, more: str = "") -> str:
    return f"""\
pipeline: shop
store: {root}/store
stages:
  - name: features
    tables:
      - name: order_features
        source: {{format: parquet, path: "{root}/features.parquet"}}
        keys: [order_id]{more}
  - name: serving
    tables:
      - {{name: log, source: {{format: parquet, path: "{root}/served.parquet"}}, keys: [ORDER_ID]}}
      - {{name: other, source: {{format: parquet, path: "{root}/served.parquet"}}, keys: [latency]}}
"""


@pytest.fixture(scope="module")
def found(spark: SparkSession, root: Path) -> TableSkew:
    (found,) = compare_rows(parse_config(yaml(root)), RUN, "features", "serving", session=spark)
    return found


def column(found: TableSkew, name: str) -> ColumnSkew:
    return next(column for column in found.columns if column.column == name)


def test_keys(found: TableSkew) -> None:
    assert (found.left, found.right) == (TableKey("features", "order_features"), TableKey("serving", "log"))
    assert (found.left_rows, found.right_rows, found.matched) == (ROWS, ROWS - 10 + 3, ROWS - 11)
    assert (found.left_only, found.right_only, found.repeated, found.null_keys) == (10, 0, 3, 2)
    assert (found.left_columns, found.right_columns) == ((), ("latency",))


def test_columns(found: TableSkew, root: Path) -> None:
    features = pq.read_table(root / "features.parquet").slice(10, ROWS - 11)
    nulls = features.column("price").null_count
    price = column(found, "price")
    assert (price.rows, price.differing, price.left_null, price.right_null) == (ROWS - 11, ROWS - 11, nulls, 0)
    assert [(one.kind, one.rows) for one in price.suspicions] == [
        ("factor", ROWS - 11 - nulls),
        ("null_to_value", nulls),
    ]
    assert price.suspicions[0].sentence == "the right is 100 times the left"
    largest = pc.max(features.column("price")).as_py()
    assert price.examples[0].left == str(largest)
    country = column(found, "country")
    assert [one.kind for one in country.suspicions] == ["recoded"]
    assert column(found, "ordered_at").suspicions[0].sentence == "the right is -1 h from the left"
    items = column(found, "items")
    assert (items.left_type, items.right_type, items.differing, items.rows) == ("bigint", "double", 0, ROWS - 11)
    assert column(found, "tags").reason == "type array<bigint> is not compared"


def test_the_command(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["skew", "--config", str(root / "shop.yml"), "--run", RUN, "--left", "features", "--right", "serving"]
    assert cli.run(words) == 0
    out = capsys.readouterr().out
    assert "features.order_features ↔ serving.log by order_id" in out
    assert "the right is 100 times the left" in " ".join(out.split())
    assert cli.run([*words, "--table", "log", "--format", "json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert found["columns"][-1]["column"] == "tags"
    assert (root / "store").exists() is False


def test_sensitive_columns_show_no_value(spark: SparkSession, root: Path) -> None:
    text = yaml(root, "\n        columns: {sensitive: [price, COUNTRY]}")
    (found,) = compare_rows(parse_config(text), RUN, "features", "serving", session=spark)
    for name in ("price", "country"):
        hidden = column(found, name)
        assert hidden.examples == ()
        assert hidden.differing == ROWS - 11
        assert not any(value in one.sentence for one in hidden.suspicions for value in ("0.0", "Germany", "DE"))
    assert column(found, "ordered_at").examples != ()
    text = yaml(root, "\n        columns: {sensitive: [order_id]}")
    (found,) = compare_rows(parse_config(text), RUN, "features", "serving", session=spark)
    assert all(column.examples == () for column in found.columns)


def test_mistakes(spark: SparkSession, root: Path) -> None:
    config = parse_config(yaml(root))
    with pytest.raises(UsageError, match="are the same stage 'serving'"):
        table_pairs(config, "serving", "serving")
    with pytest.raises(UsageError, match="no table 'logs' in stage 'features' or 'serving' – did you mean 'log'"):
        table_pairs(config, "features", "serving", ["logs"])
    with pytest.raises(UsageError, match="among 'other' have the same `keys`"):
        table_pairs(config, "features", "serving", ["other"])
    wrong = parse_config(yaml(root).replace("[order_id]", "[order]").replace("[ORDER_ID]", "[order]"))
    with pytest.raises(SourceError, match=r"features\.order_features: the source has no key column 'order'"):
        compare_rows(wrong, RUN, "features", "serving", session=spark)
    prints = parse_config(yaml(root).replace("{format: parquet", "{format: stageprint"))
    with pytest.raises(SourceError, match="holds fingerprints without rows"):
        compare_rows(prints, RUN, "features", "serving", session=spark)
