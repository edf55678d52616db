"""``stageprint validate`` on real files: each wrong name with its line."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from stageprint import cli
from tests.support.cli import Capture

CONFIG = """\
pipeline: shop
store: ./observability
stages:
  - name: raw
    tables:
      - name: orders
        source: {format: parquet, path: "data/{run_id}/orders"}
        keys: [order_id]
        event_time: ordered_at
        references: {customer_id: raw.customers.customer_id}
        slices: [customer_id, "amount > 1000", address.city]
        columns:
          exclude: [address.city]
          kinds: {order_id: string}
          sensitive: {country: hashed}
        checks:
          - not_null: [order_id, amount]
          - key_unique
          - {check: key_coverage, key: customer_id, references: raw.customers.customer_id, min_share: 0.5}
      - name: customers
        source: {format: csv, path: "data/{run_id}/customers.csv", options: {header: true, mode: PERMISSIVE}}
        keys: [customer_id]
      - name: events
        source: {format: json, path: "data/{run_id}/events.json", options: {fs.s3a.endpoint: x}}
        event_time: at
  - name: features
    upstream: [raw]
    tables:
      - name: f
        source: {format: delta, path: "data/{run_id}/f"}
        derived_from: {weekday: raw.orders.ordered_at}
decision:
  overrides:
    - {table: raw.orders, column: amount, ignore: true}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STAGEPRINT_HASH_KEY", "a secret of more than enough characters")
    for run in ("2026-03-01", "2026-03-02"):
        folder = tmp_path / "data" / run
        folder.mkdir(parents=True)
        orders = pa.table(
            {
                "order_id": [1, 2],
                "customer_id": [1, 1],
                "ordered_at": [dt.datetime(2026, 3, 1, tzinfo=dt.timezone.utc)] * 2,
                "amount": [1.0, 2.0],
                "country": ["NO", "SE"],
                "address": [{"city": "a"}, {"city": "b"}],
            }
        )
        pq.write_table(orders, folder / "orders")
        (folder / "customers.csv").write_text("customer_id,name\n1,x\n", "utf-8")
        (folder / "events.json").write_text('{"at": "2026-03-01", "kind": "click"}\n', "utf-8")
        write_deltalake(str(folder / "f"), pa.table({"weekday": [1, 2]}))
    (tmp_path / "shop.yml").write_text(CONFIG, "utf-8")
    return tmp_path


def change(here: Path, old: str, new: str) -> int:
    """Change the configuration, and return the line on which it changed."""
    assert CONFIG.count(old) == 1
    (here / "shop.yml").write_text(CONFIG.replace(old, new), "utf-8")
    return CONFIG[: CONFIG.index(old)].count("\n") + 1


@pytest.mark.usefixtures("here")
def test_what_is_right_is_said_so(capsys: Capture) -> None:
    assert cli.run(["validate", "--config", "shop.yml"]) == 0
    assert capsys.readouterr().out == "shop.yml: every name was found in 12 columns of 4 tables\n"


@pytest.mark.parametrize(
    ("old", "new", "key", "text"),
    [
        (
            "keys: [order_id]\n        event",
            "keys: [ordr_id]\n        event",
            "keys[0]",
            "the source has no column 'ordr_id'",
        ),
        (
            "event_time: ordered_at",
            "event_time: amount",
            "event_time",
            "expected a column of dates or timestamps, got ",
        ),
        (
            "{customer_id: raw.customers.customer_id}",
            "{customer: raw.customers.customer_id}",
            "references.customer",
            "",
        ),
        (
            "{customer_id: raw.customers.customer_id}",
            "{customer_id: raw.customers.customerid}",
            "references.customer_id",
            "the source of raw.customers has no column 'customerid' – did you mean 'customer_id'?",
        ),
        ("address.city]\n        columns", "address.town]\n        columns", "slices[2]", "no column 'address.town'"),
        ("exclude: [address.city]", "exclude: [adress]", "columns.exclude[0]", "no column 'adress'"),
        ("kinds: {order_id: string}", "kinds: {orders: string}", "columns.kinds.orders", "no column 'orders'"),
        ("not_null: [order_id, amount]", "not_null: [order_id, amunt]", "checks[0]", "no column 'amunt'"),
        ("key: customer_id, references", "key: customer, references", "checks[2]", "no column 'customer'"),
        ("event_time: at", "event_time: when", "event_time", "no column 'when' – available: 'at', 'kind'"),
        (
            "raw.orders.ordered_at",
            "raw.orders.ordered",
            "derived_from.weekday",
            "of raw.orders has no column",
        ),
        ("column: amount", "column: amnt", "decision.overrides[0].column", "no column 'amnt' in table raw.orders"),
        (
            "options: {header",
            "options: {headr",
            "options.headr",
            "the csv reader has no option 'headr' – did you mean 'header'?",
        ),
    ],
)
def test_a_wrong_name_has_its_line(here: Path, capsys: Capture, old: str, new: str, key: str, text: str) -> None:
    line = change(here, old, new)
    assert cli.run(["validate", "--config", "shop.yml"]) == 2
    (problem,) = [one for one in capsys.readouterr().out.splitlines() if key in one][:1]
    assert int(problem.split(":")[1]) in range(line, line + 3)
    assert text in problem


def test_columns_of_a_source_that_lacks_a_sensitive_one_are_not_named(here: Path, capsys: Capture) -> None:
    change(here, "sensitive: {country: hashed}", "sensitive: {land: hashed}")
    assert cli.run(["validate", "--config", "shop.yml"]) == 2
    out = capsys.readouterr().out
    assert "no column 'land'; its 7 columns are not named here" in out
    assert "ordered_at" not in out


def test_json_has_file_line_key_and_problem(here: Path, capsys: Capture) -> None:
    line = change(here, "event_time: at", "event_time: when")
    assert cli.run(["validate", "--config", "shop.yml", "--format", "json"]) == 2
    (found,) = json.loads(capsys.readouterr().out)
    assert found == {
        "file": "shop.yml",
        "line": line,
        "key": "stages[0].tables[2].event_time",
        "kind": "name",
        "problem": "the source has no column 'when' – available: 'at', 'kind'",
    }


def test_a_file_that_is_no_configuration_is_a_list_of_problems_too(here: Path, capsys: Capture) -> None:
    line = change(here, "event_time: ordered_at", "event_tme: ordered_at")
    assert cli.run(["validate", "--config", "shop.yml", "--format", "json"]) == 2
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["line"], found["key"]) == ("file", line, "stages[0].tables[0].event_tme")
    assert "did you mean 'event_time'" in found["problem"]


def test_a_missing_source_is_no_wrong_name(here: Path, capsys: Capture) -> None:
    line = change(here, "data/{run_id}/f", "data/{run_id}/features")
    assert cli.run(["validate", "--config", "shop.yml"]) == 3
    out = capsys.readouterr().out
    assert out.startswith(f"shop.yml:{line}: stages[1].tables[0].source: no run of the delta source")


def test_a_table_that_only_a_later_run_lacks_is_looked_at_in_the_earlier_one(here: Path, capsys: Capture) -> None:
    (here / "data" / "2026-03-02" / "events.json").unlink()
    assert cli.run(["validate", "--config", "shop.yml"]) == 0
    assert cli.run(["validate", "--config", "shop.yml", "--run", "2026-03-02"]) == 3
    assert "events.json' does not exist" in capsys.readouterr().out


def test_what_only_spark_can_tell_is_said(here: Path, capsys: Capture) -> None:
    (here / "shop.yml").write_text(
        "pipeline: p\nstore: s\nstages:\n  - {name: raw, tables: [{name: t, source: {table: a.b}, keys: [x]}]}\n",
        "utf-8",
    )
    assert cli.run(["validate", "--config", "shop.yml", "--no-spark"]) == 0
    written = capsys.readouterr()
    assert "note: raw.t: not checked: a catalog table is found by Spark" in written.err
    assert "no table could be looked at here" in written.out


def test_a_long_csv_file_is_not_read(here: Path) -> None:
    with (here / "data" / "2026-03-02" / "customers.csv").open("a", encoding="utf-8") as file:
        file.write("2,y\n" * 1_000_000 + "a,row,of,another,width\n")
    assert cli.run(["validate", "--config", "shop.yml"]) == 0


def test_files_of_lineage_that_cannot_be_read_are_named_and_what_the_others_say_is_told(
    here: Path, capsys: Capture
) -> None:
    lineage = "lineage: {openlineage: [events/, gone.json, broken.json.gz], dbt: target/manifest.json}\n"
    (here / "events").mkdir()
    (here / "events" / "one.json").write_text('{"job": "text", "outputs": [{"name": "/x", "facets": "text"}]}', "utf-8")
    (here / "broken.json.gz").write_bytes(b"\x1f\x8b\x08\x00 cut")
    (here / "shop.yml").write_text(lineage + PLAIN, "utf-8")
    assert cli.run(["validate", "--config", "shop.yml"]) == 3
    said = capsys.readouterr().out.splitlines()
    assert (
        said[0] == "shop.yml:1: lineage.openlineage[1]: expected files of OpenLineage events at gone.json, found none"
    )
    assert said[1].startswith(
        "shop.yml:1: lineage.openlineage[2]: broken.json.gz: expected OpenLineage events, as JSON"
    )
    assert said[2].startswith("shop.yml:1: lineage.dbt: target/manifest.json: expected dbt's manifest.json")
    assert said[2].endswith("No such file or directory")
    assert cli.run(["doctor", "--config", "shop.yml"]) == 2
    assert "gone.json, found none, and 2 more" in capsys.readouterr().out
    (here / "shop.yml").write_text("lineage: {openlineage: events/, unity_catalog: true}\n" + PLAIN, "utf-8")
    assert cli.run(["validate", "--config", "shop.yml"]) == 0
    notes = capsys.readouterr().err
    assert "lineage.unity_catalog: not checked" in notes
    assert "the files say of 0 columns and 0 tables what they are made from" in notes


PLAIN = """\
pipeline: shop
store: ./observability
stages:
  - name: raw
    tables:
      - {name: orders, source: {format: parquet, path: "data/{run_id}/orders"}}
"""
