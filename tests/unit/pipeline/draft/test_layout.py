from __future__ import annotations

import pytest

from stageprint.pipeline.draft.layout import Place, names_one_table, plain_name, templates


@pytest.mark.parametrize(
    ("paths", "template", "stage", "table", "runs"),
    [
        (["2026-03-01/raw/orders", "2026-03-02/raw/orders"], "{run_id}/raw/orders", "raw", "orders", 2),
        (["raw/2026-03-01/orders"], "raw/{run_id}/orders", "raw", "orders", 1),
        (["raw/orders/dt=2026-03-01", "raw/orders/dt=2026-03-02"], "raw/orders/dt={run_id}", "raw", "orders", 2),
        (["orders/run=7", "orders/run=8"], "orders/run={run_id}", "raw", "orders", 2),
        (["run_1/orders.csv", "run_2/orders.csv"], "{run_id}/orders.csv", "raw", "orders", 2),
        (["orders_20260301.csv", "orders_20260302.csv"], "orders_{run_id}.csv", "raw", "orders", 2),
        (["2026-W10/orders", "2026-W11/orders"], "{run_id}/orders", "raw", "orders", 2),
        (["raw/orders"], "raw/orders", "raw", "orders", 0),
        (["raw/run_1/orders"], "raw/run_1/orders", "raw_run_1", "orders", 0),
        (
            ["sales/raw/2013-05/orders", "sales/raw/2013-06/orders"],
            "sales/raw/{run_id}/orders",
            "sales_raw",
            "orders",
            2,
        ),
    ],
)
def test_the_run_is_found_in_folders_partitions_and_names(
    paths: list[str], template: str, stage: str, table: str, runs: int
) -> None:
    (found,) = templates([Place(path, "csv" if path.endswith(".csv") else "parquet") for path in paths])
    assert (found.path, found.stage, found.table, len(found.runs)) == (template, stage, table, runs)


def test_a_number_that_is_no_date_is_no_run() -> None:
    found = templates(
        [Place("raw/orders_2", "delta"), Place("raw/orders_v2024x", "delta"), Place("raw/top100", "delta")]
    )
    assert {one.table for one in found} == {"orders_2", "orders_v2024x", "top100"}
    assert not any(one.runs for one in found)


def test_tables_of_one_run_stay_apart() -> None:
    places = [Place(f"{run}/{table}", "parquet") for run in ("2026-03-01", "2026-03-02") for table in ("a", "b")]
    assert [(one.table, one.runs) for one in templates(places)] == [
        ("a", ("2026-03-01", "2026-03-02")),
        ("b", ("2026-03-01", "2026-03-02")),
    ]


@pytest.mark.parametrize(
    ("names", "one"),
    [
        (["part-00000-2f1c.snappy.parquet", "part-00001-9a.snappy.parquet"], True),
        (["0.parquet", "1.parquet"], True),
        (["data.parquet"], True),
        (["orders.parquet"], True),
        (["orders_1.csv", "orders_2.csv"], True),
        (["customers.csv", "orders.csv"], False),
        (["lineitem.parquet"], False),
    ],
)
def test_files_of_one_table_are_told_from_one_table_a_file(names: list[str], one: bool) -> None:
    assert names_one_table("orders", names) is one


def test_names_fit_the_configuration() -> None:
    assert plain_name("my table.v2/x") == "my_table_v2_x"
    assert plain_name("///") == "table"


def test_folders_above_all_stages_are_no_part_of_their_names() -> None:
    places = [Place(f"lake/data/2026-03-01/{stage}/orders", "delta") for stage in ("raw", "features")]
    assert {one.stage for one in templates(places)} == {"raw", "features"}
    nested = [Place("lake/raw/crm/a", "delta"), Place("lake/raw/erp/b", "delta"), Place("lake/gold/c", "delta")]
    assert {one.stage for one in templates(nested)} == {"raw_crm", "raw_erp", "gold"}
    assert {one.stage for one in templates([Place("a", "delta"), Place("raw/b", "delta")])} == {"raw"}


@pytest.mark.parametrize(
    ("paths", "tables"),
    [
        (["raw/orders/p.parquet", "raw/customers/p.parquet"], {("raw", "orders"), ("raw", "customers")}),
        (["orders/2026/p.parquet", "customers/2026/p.parquet"], {("orders_2026", "p"), ("customers_2026", "p")}),
        (["raw/orders.parquet", "features/orders.parquet"], {("raw", "orders"), ("features", "orders")}),
        (["a/orders.parquet", "b/customers.parquet"], {("a", "orders"), ("b", "customers")}),
        (["x/p.parquet", "x/q.parquet", "y/p.parquet"], {("x", "p"), ("x", "q"), ("y", "p")}),
    ],
)
def test_a_file_alone_in_its_folder_whose_name_is_in_others_too_is_called_as_the_folder(
    paths: list[str], tables: set[tuple[str, str]]
) -> None:
    assert {(one.stage, one.table) for one in templates([Place(path, "parquet") for path in paths])} == tables


def test_runs_of_tables_that_are_called_as_their_folders() -> None:
    places = [
        Place(f"{run}/{table}/p.csv", "csv", {"header": "true"})
        for run in ("2026-03-01", "2026-03-02")
        for table in ("orders", "customers")
    ]
    assert [(one.path, one.table, len(one.runs), one.options) for one in templates(places)] == [
        ("{run_id}/customers", "customers", 2, {"header": "true"}),
        ("{run_id}/orders", "orders", 2, {"header": "true"}),
    ]
