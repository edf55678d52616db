"""`stageprint init` on folders of real files: what it finds, and what it does the second time."""

from __future__ import annotations

import datetime as dt
import difflib
import json
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc_csv
import pyarrow.orc as pc_orc
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from stageprint.api import profile_runs
from stageprint.config.loader import load_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import UsageError
from stageprint.onboarding import draft_config
from tests.support.tpch import EVENT_TIMES, FOREIGN_KEYS, KEYS, write_tpch

RUNS = ("2026-03-01", "2026-03-02", "2026-03-03")


def drafted(folder: Path, file: Path) -> PipelineConfig:
    file.write_text(draft_config(str(folder), str(file)).text, "utf-8")
    return load_config(file)


def keys_of(config: PipelineConfig) -> dict[str, tuple[str, ...]]:
    return {f"{stage.name}.{table.name}": table.keys for stage, table in config.select()}


def references_of(config: PipelineConfig) -> dict[tuple[str, str], str]:
    return {
        (table.name, column): target.split(".", 1)[1]
        for _, table in config.select()
        for column, target in table.references.items()
    }


def shares(found: Iterable[object], true: Iterable[object]) -> tuple[float, float]:
    """Return which share of what is true was found, and which share of what was found is not true."""
    known, said = set(true), set(found)
    return len(known & said) / len(known), len(said - known) / max(len(said), 1)


def shop(folder: Path, run: str) -> None:
    day = dt.datetime.fromisoformat(run)
    ids = np.arange(500) + 1000 * RUNS.index(run)
    orders = pa.table(
        {
            "order_id": ids,
            "customer_id": ids % 40,
            "ordered_at": [day + dt.timedelta(seconds=int(one) % 86_400) for one in ids * 97],
            "updated_at": [day + dt.timedelta(days=2)] * 500,
            "amount": ids * 1.5,
        }
    )
    customers = pa.table({"customer_id": range(50), "email": [f"{one}@example.com" for one in range(50)]})
    (folder / run / "raw").mkdir(parents=True)
    write_deltalake(str(folder / run / "raw" / "orders"), orders)
    pc_csv.write_csv(customers, folder / run / "raw" / "customers.csv")
    (folder / run / "features" / "order_features").mkdir(parents=True)
    kept = orders.slice(0, 400)
    features = pa.table(
        {
            "order_id": kept["order_id"],
            "ordered_at": kept["ordered_at"],
            "amount": kept["amount"],
            "hour": [moment.hour for moment in kept["ordered_at"].to_pylist()],
        }
    )
    pq.write_table(features, folder / run / "features" / "order_features" / "part-0.parquet")


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    for run in RUNS:
        shop(tmp_path / "data", run)
    return tmp_path / "data"


def test_formats_runs_keys_times_and_lineage_of_a_shop(lake: Path, tmp_path: Path) -> None:
    config = drafted(lake, tmp_path / "shop.yml")
    sources = {f"{stage.name}.{table.name}": table.source for stage, table in config.select()}
    assert {name: (source.format, source.path) for name, source in sources.items()} == {
        "raw.customers": ("csv", f"{lake}/{{run_id}}/raw/customers.csv"),
        "raw.orders": ("delta", f"{lake}/{{run_id}}/raw/orders"),
        "features.order_features": ("parquet", f"{lake}/{{run_id}}/features/order_features"),
    }
    assert sources["raw.customers"].options == {"header": "true", "inferSchema": "true"}
    assert keys_of(config) == {
        "raw.customers": ("customer_id",),
        "raw.orders": ("order_id",),
        "features.order_features": ("order_id",),
    }
    assert references_of(config) == {("orders", "customer_id"): "customers.customer_id"}
    assert config.table("raw", "orders").event_time == "ordered_at"
    features = config.table("features", "order_features")
    assert (features.event_time, features.derived_from) == ("ordered_at", {"hour": ("raw.orders.ordered_at",)})
    assert config.stage("features").upstream == ("raw",)


def scored_products(folder: Path, run: str) -> None:
    """Write products, which are the same in every run, and scores of them that share no column but the key."""
    ids = [f"P{one:03}" for one in range(200)]
    day = dt.date.fromisoformat(run)
    launched = [dt.date(2024, 1, 1) + dt.timedelta(days=one) for one in range(200)]
    restocked = [day - dt.timedelta(days=one % 9) for one in range(200)]
    features = {"product_id": ids, "launched": launched, "price": np.arange(200) * 1.5}
    scores = {"product_id": ids, "score": np.linspace(0, 1, 200)}
    tables = {"features/products": features, "features/stock": {"sku": ids, "restocked": restocked}}
    for name, columns in {**tables, "scores/product_scores": scores}.items():
        (folder / run / name).mkdir(parents=True)
        pq.write_table(pa.table(columns), folder / run / name / "part-0.parquet")


@pytest.mark.parametrize("runs", [RUNS, RUNS[:1]])
def test_a_date_that_stands_still_is_no_event_time(tmp_path: Path, runs: tuple[str, ...]) -> None:
    for run in runs:
        scored_products(tmp_path / "data", run)
    config = drafted(tmp_path / "data", tmp_path / "shop.yml")
    assert config.table("features", "products").event_time is None
    assert config.table("features", "stock").event_time == "restocked"


def test_a_stage_is_made_from_the_one_that_has_all_its_keys(tmp_path: Path) -> None:
    for run in RUNS:
        scored_products(tmp_path / "data", run)
    config = drafted(tmp_path / "data", tmp_path / "shop.yml")
    assert config.stage("scores").upstream == ("features",)
    text = (tmp_path / "shop.yml").read_text("utf-8")
    assert "# features: product_scores: all of its keys are in features.products\n" in text


def test_keys_that_every_table_has_are_no_lineage(tmp_path: Path) -> None:
    for run in RUNS:
        for name, key in (("raw/users", "id"), ("scores/shops", "id"), ("raw/days", "date"), ("scores/weeks", "date")):
            values = list(range(200)) if key == "id" else [dt.date(2026, 1, 1) + dt.timedelta(one) for one in range(60)]
            (tmp_path / "data" / run / name).mkdir(parents=True)
            pq.write_table(pa.table({key: values}), tmp_path / "data" / run / name / "part-0.parquet")
    assert drafted(tmp_path / "data", tmp_path / "shop.yml").stage("scores").upstream == ()


def test_the_evidence_holds_no_value(lake: Path, tmp_path: Path) -> None:
    drafted(lake, tmp_path / "shop.yml")
    text = (tmp_path / "shop.yml").read_text("utf-8")
    assert "# unique and never null in 1,500 rows of 3 runs" in text
    assert "# customer_id: all of 40 distinct values are among the 50 of raw.customers.customer_id" in text
    assert "example.com" not in text


def test_a_second_run_changes_nothing_and_then_adds_what_is_new(lake: Path, tmp_path: Path) -> None:
    file = tmp_path / "shop.yml"
    drafted(lake, file)
    edited = file.read_text("utf-8").replace("keys: [order_id]", "keys: [order_id, customer_id]  # mine", 1)
    edited = edited.replace("- name: raw", "- name: bronze").replace("raw.", "bronze.").replace("[raw]", "[bronze]")
    file.write_text(edited, "utf-8")
    again = draft_config(str(lake), str(file))
    assert (again.text, again.changed) == (edited, False)

    for run in RUNS:
        pq.write_table(
            pa.table({"payment_id": range(300), "order_id": np.arange(300) + 1000 * RUNS.index(run)}),
            lake / run / "raw" / "payments.parquet",
        )
    more = draft_config(str(lake), str(file))
    file.write_text(more.text, "utf-8")
    config = load_config(file)
    assert [table.found.full_name for table in more.new] == ["bronze.payments"]
    assert config.table("bronze", "payments").references == {"order_id": "bronze.orders.order_id"}
    assert config.table("bronze", "orders").keys == ("order_id", "customer_id")
    lines = difflib.ndiff(edited.splitlines(), more.text.splitlines())
    assert not [line for line in lines if line.startswith("-")]


def test_a_table_that_is_commented_out_stays_out(lake: Path, tmp_path: Path) -> None:
    file = tmp_path / "shop.yml"
    file.write_text(
        f"pipeline: p\nstore: s\nstages:\n  - name: raw\n    tables:\n      - name: orders\n"
        f"        source: {{format: delta, path: '{lake}/{{run_id}}/raw/orders'}}\n"
        f"      # no: {lake}/{{run_id}}/raw/customers.csv\n",
        "utf-8",
    )
    assert [one.found.full_name for one in draft_config(str(lake), str(file)).new] == ["features.order_features"]


def test_a_table_that_cannot_be_read_is_written_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "data" / "a").mkdir(parents=True)
    (tmp_path / "data" / "a" / "part-0.parquet").write_bytes(b"no parquet")
    pq.write_table(pa.table({"id": range(5)}), tmp_path / "data" / "b.parquet")
    draft = draft_config(str(tmp_path / "data"), str(tmp_path / "x.yml"))
    assert {table.found.name: table.problem is None for table in draft.new} == {"a": False, "b": True}
    assert "# not looked at: " in draft.text


def test_odd_tables_are_drafted_beside_each_other(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    odd = {"id": range(30), "nested": [{"a": 1}] * 30, "lasted": [dt.timedelta(1)] * 30, "raw": [b"x"] * 30}
    pq.write_table(pa.table(odd), data / "my table.v1.parquet")
    pq.write_table(pa.table({"Id": range(30), "id": range(30)}), data / "case.parquet")
    pq.write_table(pa.table({"id": pa.array([], pa.int64())}), data / "none.parquet")
    pq.write_table(pa.table({"x": pa.nulls(30)}), data / "nulls.parquet")
    (data / "semi.csv").write_text("a;b\n1;2\n3;4\n", "utf-8")
    (data / "empty.csv").write_text("", "utf-8")
    (data / "bad.json").write_text("{nope", "utf-8")
    (data / "README.md").write_text("x", "utf-8")
    draft = draft_config(str(data), str(tmp_path / "x.yml"))
    (tmp_path / "x.yml").write_text(draft.text, "utf-8")
    tables = {table.name: table for _, table in load_config(tmp_path / "x.yml").select()}
    assert set(tables) == {"my_table", "case", "none", "nulls", "semi", "empty", "bad"}
    assert {one.found.name for one in draft.new if one.problem is not None} == {"case", "empty", "bad"}
    assert tables["my_table"].keys == ("id",)
    assert tables["semi"].source.options == {"header": "true", "inferSchema": "true", "sep": ";"}


def test_orc_json_partitions_and_a_folder_that_is_itself_a_table(tmp_path: Path) -> None:
    for day in ("2026-01-01", "2026-01-02"):
        (tmp_path / "lake" / "clicks" / f"dt={day}").mkdir(parents=True)
        pc_orc.write_table(pa.table({"click_id": range(30)}), tmp_path / "lake" / "clicks" / f"dt={day}" / "0.orc")
    (tmp_path / "lake" / "users.json").write_text("".join(f'{{"id": {one}}}\n' for one in range(20)), "utf-8")
    found = draft_config(str(tmp_path / "lake"), str(tmp_path / "x.yml")).new
    assert {one.found.name: (one.found.source["format"], one.found.runs) for one in found} == {
        "clicks": ("orc", ("2026-01-01", "2026-01-02")),
        "users": ("json", ()),
    }
    (only,) = draft_config(str(tmp_path / "lake" / "clicks" / "dt=2026-01-01"), str(tmp_path / "x.yml")).new
    assert only.rows == 30


def test_nothing_there_and_no_table_are_said(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(UsageError, match=r"dato: expected a folder of tables.*did you mean 'data'"):
        draft_config(str(tmp_path / "dato"), "x.yml")
    with pytest.raises(UsageError, match="no Parquet, Delta, CSV, JSON or ORC file"):
        draft_config(str(tmp_path / "data"), "x.yml")


def test_a_dbt_project_needs_no_spark(tmp_path: Path) -> None:
    node = {
        "resource_type": "model",
        "name": "orders",
        "schema": "shop",
        "fqn": ["p", "marts", "orders"],
        "config": {},
        "constraints": [{"type": "primary_key", "columns": ["order_id"]}],
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"nodes": {"model.p.orders": node}}), "utf-8")
    draft = draft_config(str(tmp_path / "manifest.json"), str(tmp_path / "x.yml"), pipeline="shop")
    (tmp_path / "x.yml").write_text(draft.text, "utf-8")
    assert load_config(tmp_path / "x.yml").table("marts", "orders").keys == ("order_id",)


def test_tpch(tmp_path: Path) -> None:
    """At least 95 % of primary keys, 90 % of foreign keys, at most 2 % wrong, and the event times (issue's figures)."""
    write_tpch(tmp_path / "tpch")
    config = drafted(tmp_path / "tpch", tmp_path / "tpch.yml")
    found, wrong = shares(keys_of(config).items(), {(f"raw.{table}", keys) for table, keys in KEYS.items()})
    assert found >= 0.95
    assert wrong <= 0.02
    found, wrong = shares(references_of(config).items(), FOREIGN_KEYS.items())
    assert found >= 0.9
    assert wrong <= 0.02
    times = {table.name: {table.event_time} for _, table in config.select() if table.event_time is not None}
    assert times == EVENT_TIMES


def many_tables(folder: Path, facts: int) -> tuple[dict[str, tuple[str, ...]], dict[tuple[str, str], str]]:
    """Write stars: fact tables of two or three dimensions each; return their keys and foreign keys."""
    random = np.random.default_rng(3)
    keys: dict[str, tuple[str, ...]] = {}
    references: dict[tuple[str, str], str] = {}

    def write(name: str, columns: Mapping[str, object]) -> None:
        (folder / name).mkdir(parents=True)
        pq.write_table(pa.table(dict(columns)), folder / name / "0.parquet")

    names = ["customer", "product", "store", "employee", "promotion", "supplier", "warehouse", "channel"]
    for star in range(facts):
        some = [f"{names[(star + at) % len(names)]}{star}" for at in range(3)]
        rows = int(random.integers(200, 2_000))
        columns: dict[str, object] = {f"sale{star}_id": np.arange(rows) + 10}
        for dimension in some:
            size = int(random.integers(15, 120))
            ids = np.arange(size) + int(random.integers(0, 50))
            write(
                f"{dimension}s",
                {
                    f"{dimension}_id": ids,
                    "name": [f"{dimension} {at}" for at in range(size)],
                    "size": random.integers(1, 9, size),
                    "rate": random.normal(size=size),
                },
            )
            columns[f"{dimension}_id"] = random.choice(ids, rows)
            keys[f"raw.{dimension}s"] = (f"{dimension}_id",)
            references[f"sale{star}s", f"{dimension}_id"] = f"{dimension}s.{dimension}_id"
        columns["quantity"] = random.integers(1, 20, rows)
        first = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
        columns["sold_at"] = [first + dt.timedelta(minutes=int(at)) for at in random.integers(0, 90_000, rows)]
        write(f"sale{star}s", columns)
        keys[f"raw.sale{star}s"] = (f"sale{star}_id",)
    return keys, references


def test_two_hundred_tables(tmp_path: Path) -> None:
    """In under five minutes, with at least 95 % of keys and 90 % of foreign keys right, at most 2 % wrong."""
    keys, references = many_tables(tmp_path / "lake", 50)
    assert len(keys) == 200
    started = time.monotonic()
    config = drafted(tmp_path / "lake", tmp_path / "lake.yml")
    seconds = time.monotonic() - started
    found, wrong = shares(keys_of(config).items(), keys.items())
    assert found >= 0.95
    assert wrong <= 0.02
    found, wrong = shares(references_of(config).items(), references.items())
    assert found >= 0.9
    assert wrong <= 0.02
    assert all((table.event_time == "sold_at") == table.name.startswith("sale") for _, table in config.select())
    assert seconds < 300


def test_later_tables_of_a_whole_folder_join_by_a_pattern(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for run in RUNS:
        folder = tmp_path / "data" / run / "raw"
        folder.mkdir(parents=True)
        for name in ("orders", "customers"):
            pq.write_table(pa.table({f"{name[:-1]}_id": range(30)}), folder / f"{name}.parquet")
    config = drafted(Path("data"), tmp_path / "stageprint.yml")
    (pattern,) = config.stage("raw").match
    assert pattern.path == "data/{run_id}/raw/*.parquet"
    assert "# now: customers, orders" in (tmp_path / "stageprint.yml").read_text("utf-8")
    assert keys_of(config) == {"raw.orders": ("order_id",), "raw.customers": ("customer_id",)}


def test_results_that_lie_beside_the_data_are_no_tables(tmp_path: Path) -> None:
    for run in RUNS:
        shop(tmp_path, run)
    file, wanted = tmp_path / "stageprint.yml", draft_config(str(tmp_path), str(tmp_path / "stageprint.yml")).text
    file.write_text(wanted.replace("./observability", str(tmp_path / "observability")), "utf-8")
    profile_runs(load_config(file), RUNS[:1], engine="local")
    assert (tmp_path / "observability" / "manifests" / "_delta_log").is_dir()
    assert draft_config(str(tmp_path), str(file)).text == file.read_text("utf-8")
    assert draft_config(str(tmp_path), str(tmp_path / "other.yml")).text == wanted
