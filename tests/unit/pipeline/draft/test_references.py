from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pytest

from stageprint.pipeline.draft.columns import table_facts
from stageprint.pipeline.draft.keys import single_keys
from stageprint.pipeline.draft.model import DraftTable, TableFound
from stageprint.pipeline.draft.references import Target, references_of


def found(tables: Mapping[str, Mapping[str, Any]], child: str) -> dict[str, str]:
    """Return the foreign keys of one of some tables, the first column of each of which is its key."""
    facts = {name: table_facts(pa.table(dict(columns))) for name, columns in tables.items()}
    drafts = {name: DraftTable(TableFound("raw", name, {})) for name in tables}
    targets = [
        Target(drafts[name], facts[name], facts[name].columns[keys[0]])
        for name in tables
        if (keys := single_keys(name, facts[name]))
    ]
    said = references_of(drafts[child], facts[child], targets)
    return {column: str(one.value).removeprefix("raw.") for column, one in said}


CUSTOMERS = {"customer_id": range(50), "name": [f"n{at}" for at in range(50)]}
PLAIN = {"id": range(50), "name": [f"n{at}" for at in range(50)]}
SOME = [at % 40 for at in range(200)]


@pytest.mark.parametrize(
    ("column", "customers", "key"),
    [
        ("customer_id", CUSTOMERS, "customer_id"),
        ("billing_customer_id", CUSTOMERS, "customer_id"),
        ("customerId", CUSTOMERS, "customer_id"),
        ("customer_id", PLAIN, "id"),
        ("shipping_customer_id", PLAIN, "id"),
        ("cust_id", PLAIN, "id"),
        ("customer", PLAIN, "id"),
    ],
)
def test_numbers_refer_where_their_names_say_so(column: str, customers: Mapping[str, Any], key: str) -> None:
    tables: dict[str, Mapping[str, Any]] = {"customers": customers, "orders": {"order_id": range(200), column: SOME}}
    assert found(tables, "orders") == {column: f"customers.{key}"}


@pytest.mark.parametrize("column", ["quantity", "age", "rating", "name_length", "id2", "product_id"])
def test_numbers_that_happen_to_be_keys_do_not(column: str) -> None:
    assert found({"customers": PLAIN, "orders": {"order_id": range(200), column: SOME}}, "orders") == {}


def test_a_number_that_names_a_table_of_numbered_rows_does_not() -> None:
    tables: dict[str, Mapping[str, Any]] = {
        "income": {"_c0": range(50)},
        "people": {"person_id": range(200), "income": SOME},
    }
    assert found(tables, "people") == {}


def test_texts_refer_by_their_values_alone_where_these_are_telling() -> None:
    airports: dict[str, Any] = {"faa": [f"A{chr(65 + at % 26)}{chr(65 + at // 26)}" for at in range(300)]}
    codes = airports["faa"]
    flights = {"flight_no": range(200), "dest": [codes[at % 90] for at in range(200)], "kind": ["A", "B"] * 100}
    assert found({"airports": airports, "flights": flights}, "flights") == {"dest": "airports.faa"}


def test_most_values_suffice_of_texts_and_nearly_all_of_numbers() -> None:
    planes = {"tailnum": [f"N{at}" for at in range(80)]}
    flights = {"flight_no": range(200), "tailnum": [f"N{at % 100}" for at in range(200)]}
    assert found({"planes": planes, "flights": flights}, "flights") == {"tailnum": "planes.tailnum"}
    orders = {"order_id": range(200), "customer_id": [at % 65 for at in range(200)]}
    assert found({"customers": CUSTOMERS, "orders": orders}, "orders") == {}


def test_a_table_refers_to_itself_where_a_name_says_so() -> None:
    employees = {"employee_id": range(100), "manager_id": [at % 9 for at in range(100)], "level": [1, 2] * 50}
    assert found({"employees": employees}, "employees") == {"manager_id": "employees.employee_id"}
