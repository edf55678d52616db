"""A store in which nothing is kept behaves as any other, and leaves the one below it alone."""

from __future__ import annotations

import pytest

from stageprint.model.result_tables import FINDINGS
from stageprint.model.where import where
from stageprint.ports import ProfileStore
from stageprint.stores.dry import DryStore
from stageprint.stores.memory import MemoryStore
from tests.support.stores import StoreContract, finding, ids


class TestDryStore(StoreContract):
    @pytest.fixture
    def store(self) -> DryStore:
        return DryStore(MemoryStore("shop"))

    def other_pipeline(self, store: DryStore) -> ProfileStore:
        del store
        return DryStore(MemoryStore("warehouse"))


def test_the_rows_below_are_seen_replaced_and_kept() -> None:
    below = MemoryStore("shop")
    below.append(FINDINGS, FINDINGS.rows([finding("a", "1"), finding("b", "1")]), where(run_id=["a", "b"]))
    dry = DryStore(below)
    assert ids(dry) == [("a", "1"), ("b", "1")]
    dry.replace(FINDINGS, FINDINGS.rows([finding("a", "2")]), where(run_id="a"))
    dry.append(FINDINGS, FINDINGS.rows([finding("c", "1")]), where(run_id="c"))
    assert ids(dry) == [("a", "2"), ("b", "1"), ("c", "1")]
    assert dry.read(FINDINGS, where(run_id="a"), ("finding_id",))["finding_id"].to_pylist() == ["2"]
    dry.replace(FINDINGS, FINDINGS.empty(), where(run_id="b"))
    assert ids(dry) == [("a", "2"), ("c", "1")]
    assert ids(below) == [("a", "1"), ("b", "1")]
