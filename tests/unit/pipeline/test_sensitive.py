"""No value of a sensitive column is left in a finding."""

from __future__ import annotations

import re
from typing import Any

import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.model import ColumnKey
from stageprint.model.keys import Slice
from stageprint.pipeline.sensitive import ValueFilter
from tests.support.findings import finding

CONFIG = """\
pipeline: shop
store: s
stages:
  - name: raw
    tables:
      - name: customers
        source: {table: a}
        columns: {sensitive: {email: off, city: 50, Name: hashed, address.street: off}}
      - {name: airports, source: {table: b}}
      - {name: visits, source: {table: d}, event_time: at, columns: {sensitive: [at]}}
  - name: joined
    upstream: [raw]
    tables:
      - name: orders
        source: {table: c}
        derived_from: {contact: raw.customers.email, total: raw.customers.amount}
"""
EVIDENCE = {"label": "bob@example.org", "share": 0.4}
SENTENCE = "raw.customers.email has 'bob@example.org' in 40 % of the rows since 2013-03."


@pytest.fixture(scope="module")
def config() -> PipelineConfig:
    return parse_config(CONFIG)


@pytest.fixture(scope="module")
def private(config: PipelineConfig) -> ValueFilter:
    return ValueFilter(config)


def about(place: str, **changes: Any) -> dict[str, Any]:
    """Return a finding about ``stage.table.column``, or ``stage.table``."""
    stage, table, *column = place.split(".", 2)
    facts: dict[str, Any] = {"stage": stage, "table": table, "column": column[0] if column else None, "explains": []}
    return finding(**{**facts, "evidence": EVIDENCE, "sentence": f"{place} is odd.", **changes})


@pytest.mark.parametrize(
    ("place", "sensitive"),
    [
        ("raw.customers.email", True),
        ("raw.customers.EMAIL", True),
        ("raw.customers.name", True),
        ("raw.customers.city", True),
        ("raw.customers.email#2", True),
        ("raw.customers.email_domain", False),
        ("raw.customers.address", False),
        ("raw.customers.address.street", True),
        ("raw.customers.address.street[]", True),
        ("raw.customers.`address`.street", True),
        ("raw.customers.amount", False),
        ("raw.airports.city", False),
        ("joined.orders.city", True),
        ("joined.orders.contact", True),
        ("joined.orders.total", False),
        ("elsewhere.orders.email", False),
    ],
)
def test_a_column_is_sensitive_as_declared_inside_or_downstream(
    private: ValueFilter, place: str, sensitive: bool
) -> None:
    stage, table, column = place.split(".", 2)
    assert private.is_sensitive(ColumnKey(stage, table, column)) is sensitive
    assert private.is_sensitive(ColumnKey(stage, table, column, Slice("x", "y"))) is sensitive


@pytest.mark.parametrize(
    "row",
    [
        about("raw.customers.email", sentence=SENTENCE),
        about("raw.customers.city", sentence="raw.customers.city has no rows of 'bob@example.org'."),
        about("joined.orders.contact", sentence="joined.orders.contact has 'bob@example.org'."),
        about("joined.orders.address.street[]", sentence="it has 'bob@example.org'."),
        # The origin is not declared, but what it explains downstream is the same column.
        about("raw.airports.mail", explains=["raw.customers.email"], sentence="now 'bob@example.org'."),
        about("raw.visits", sentence="raw.visits ends at bob@example.org."),
        about("joined.orders", sentence="joined.orders lies before raw.visits: bob@example.org."),
        about("gone.table.x", sentence="gone.table.x has 'bob@example.org'."),
        about("gone.table", sentence="gone.table ends at bob@example.org."),
        about(
            "raw.airports.code", sentence="city = bob@example.org, unlike in raw.customers.", evidence={"by": "city"}
        ),
        about("raw.customers", sentence="raw.customers has fewer rows: email has no rows of 'bob@example.org'.")
        | {"evidence": {"gap": "email has no rows of 'bob@example.org'"}},
    ],
    ids=lambda row: row["sentence"],
)
def test_a_finding_about_one_keeps_its_place_and_cause_and_loses_its_values(
    private: ValueFilter, row: dict[str, Any]
) -> None:
    found = private.without_values(row)
    assert "bob" not in str(found)
    assert found["evidence"] == {}
    place = ".".join(part for part in (row["stage"], row["table"], row["column"]) if part)
    assert found["sentence"] == (
        f"{place}: unit change since 2013-03 (details are left out: they may hold sensitive values)."
    )
    kept = found.keys() - {"evidence", "sentence"}
    assert {key: found[key] for key in kept} == {key: row[key] for key in kept}
    assert list(found) == list(row)


@pytest.mark.parametrize(
    "row",
    [
        about("raw.customers.amount"),
        about("raw.airports.city", sentence="raw.airports.city has 'Rome' in all rows."),
        about("raw.airports.code", sentence="In slice city = Rome: raw.airports.code is constant."),
        about("joined.orders", sentence="joined.orders lost 12 % of the rows of raw.customers."),
        about("joined.orders", explains=["joined.orders.contact", "joined.orders.city"]),
        about("raw.customers.email_domain", sentence="raw.customers.email_domain has a new label."),
    ],
    ids=lambda row: row["sentence"],
)
def test_any_other_finding_is_left_as_it_is(private: ValueFilter, row: dict[str, Any]) -> None:
    assert private.without_values(row) == row


def test_evidence_that_mentions_one_is_left_out_and_the_sentence_stays(private: ValueFilter) -> None:
    checks = [{"check": "accepted_values", "at": "raw.customers.city", "expected": "in ['Rome']"}]
    row = about("raw.customers", evidence={"rows": 5, "failed_checks": checks})
    assert private.without_values(row) == row | {"evidence": {}}
    other = [{**checks[0], "at": "raw.airports.city"}]
    row = about("raw.airports", evidence={"rows": 5, "failed_checks": other})
    assert private.without_values(row) == row


def test_a_sentence_that_mentions_one_is_left_out_and_the_evidence_stays(private: ValueFilter) -> None:
    row = about("raw.customers.code", sentence="In slice City = Rome: raw.customers.code is constant.")
    found = private.without_values(row)
    assert found["evidence"] == EVIDENCE
    assert "Rome" not in found["sentence"]


def test_without_sensitive_columns_nothing_changes() -> None:
    private = ValueFilter(parse_config(re.sub(r"columns: \{sensitive: (\{.*?\}|\[at\])\}", "columns: {}", CONFIG)))
    for place in ("raw.customers.email", "raw.visits", "gone.table.x"):
        row = about(place, sentence=SENTENCE)
        assert private.without_values(row) == row
