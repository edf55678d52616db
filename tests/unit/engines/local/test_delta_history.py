"""The history of a Delta table without Spark: numbered as the log is, also of a version that is not the latest."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from stageprint.engines.local.delta_history import delta_history


@pytest.fixture
def table(tmp_path: Path) -> str:
    for number in range(6):
        write_deltalake(tmp_path / "t", pa.table({"a": [number]}), mode="append" if number % 2 else "overwrite")
    return str(tmp_path / "t")


def operations(table: str, version: int) -> list[tuple[int, str | None]]:
    found = delta_history(table, version)
    assert found is not None
    return [(one["version"], one["operation"]) for one in found]


def test_commits_up_to_a_version_have_their_own_numbers(table: str) -> None:
    assert operations(table, 5)[0] == (5, "WRITE (append)")
    assert operations(table, 2) == [(2, "WRITE (overwrite)"), (1, "WRITE (append)"), (0, "WRITE (overwrite)")]


def test_a_commit_while_it_is_read_leaves_it_unknown(table: str, monkeypatch: pytest.MonkeyPatch) -> None:
    own = DeltaTable.history

    def history(self: DeltaTable, limit: int | None = None) -> list[dict[str, object]]:
        write_deltalake(table, pa.table({"a": [9]}), mode="append")
        return own(self, limit)

    monkeypatch.setattr(DeltaTable, "history", history)
    assert delta_history(table, 5) is None


def test_what_is_no_delta_table_has_no_history(tmp_path: Path) -> None:
    assert delta_history(str(tmp_path), 0) is None
