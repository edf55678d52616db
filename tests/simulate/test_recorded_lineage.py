"""The events of the incident suite: what they record is what the code computes, and what was declared by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.incidents.flow import by_key
from scripts.incidents.orders import Orders
from scripts.incidents.recorded import lineage_for
from scripts.incidents.steps import FLIGHTS, ORDERS
from stageprint.config.loader import load_config
from stageprint.model import ColumnKey
from stageprint.model.lineage import OPENLINEAGE

ROOT = Path(__file__).parents[2]
FLOW = Orders(weeks=1)


def test_recorded_edges_are_those_declared_by_hand_and_those_of_names() -> None:
    config, lineage = lineage_for(FLOW, ORDERS, "recorded")
    assert config.declared_lineage() == {}
    assert lineage.notes == ()
    declared = FLOW.config.declared_lineage()
    assert len(declared) == 6
    for column, parents in declared.items():
        assert set(lineage.columns[column]) == set(parents)
    names = {
        key.column(name) for key, frame in by_key(FLOW.clean(FLOW.runs[0])).items() for name in map(str, frame.columns)
    }
    for edge in lineage.edges():
        assert edge.said_by == (OPENLINEAGE,)
        assert edge.parent.column == ":table" or {edge.parent, edge.child} <= names
    assert {ColumnKey("wide", "order_lines", "c_acctbal"): {ColumnKey("landing", "customer", "c_acctbal")}}.items() <= {
        child: set(parents) for child, parents in lineage.columns.items()
    }.items()


def test_a_third_of_the_edges_can_be_left_out() -> None:
    whole = list(lineage_for(FLOW, ORDERS, "recorded")[1].edges())
    part = list(lineage_for(FLOW, ORDERS, "two-thirds")[1].edges())
    assert set(part) < set(whole)
    assert len(part) / len(whole) == pytest.approx(2 / 3, abs=0.1)
    assert not list(lineage_for(FLOW, ORDERS, "none")[1].edges())


def test_the_demos_steps_say_what_its_configuration_declares() -> None:
    config = load_config(ROOT / "conf" / "nycflights.yml")
    for column, parents in config.declared_lineage().items():
        step = FLIGHTS[f"{column.stage}.{column.table}"]
        assert {str(parent) for parent in parents} == set(step.computed[column.column])
    for name, step in FLIGHTS.items():
        stage, _ = name.split(".")
        assert {one.split(".")[0] for one in step.inputs} <= set(config.ancestors(stage))
