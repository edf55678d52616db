"""The store in memory keeps the contract of stores."""

from __future__ import annotations

import pytest

from stageprint.model.result_tables import FINDINGS
from stageprint.model.where import where
from stageprint.ports import ProfileStore
from stageprint.stores.memory import MemoryStore
from tests.support.stores import StoreContract, UpkeepContract, finding, ids


class TestMemoryStore(StoreContract):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore("shop")

    def other_pipeline(self, store: MemoryStore) -> ProfileStore:
        return store.of_pipeline("warehouse")

    def test_a_copy_goes_its_own_way(self, store: MemoryStore) -> None:
        store.replace(FINDINGS, FINDINGS.rows([finding("a", "1")]), where(run_id="a"))
        other = store.copy()
        other.replace(FINDINGS, FINDINGS.rows([finding("b", "1")]), where(run_id="b"))
        assert ids(store) == [("a", "1")]
        assert ids(other) == [("a", "1"), ("b", "1")]


class TestMemoryUpkeep(UpkeepContract):
    keeps_no_versions = True

    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore("shop")

    def upkeep(self, store: MemoryStore) -> MemoryStore:
        return store

    def found(self, store: MemoryStore, text: str) -> bool:
        return text in str(store.read(FINDINGS).to_pylist())
