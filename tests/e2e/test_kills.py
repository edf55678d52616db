"""A few random kills of `profile` and `compare`; `make kill-test` does a thousand."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from tests.kills.trials import kill_many

pytestmark = pytest.mark.e2e


@pytest.mark.slow
def test_a_few_kills_lose_nothing_and_leave_no_false_all_clear(tmp_path: Path) -> None:
    mine, theirs = multiprocessing.get_context("spawn").Pipe(duplex=False)
    kill_many(tmp_path / "kills", seed=7, kills=3, answer=theirs)
    tally = mine.recv()
    assert tally.problems == []
    assert tally.kills >= 3
    assert (tally.rows_lost, tally.rows_duplicated, tally.false_all_clears) == (0, 0, 0)
    assert tally.values_found == 0
    assert tally.searched_bytes
    assert tally.said.total() == tally.kills
