from __future__ import annotations

import pytest

from stageprint.cli.selection import check_some_or_all, distinct, runs_text, some_or_all
from stageprint.errors import UsageError


def test_either_runs_or_all() -> None:
    check_some_or_all(["a"], all_runs=False)
    check_some_or_all([], all_runs=True)
    with pytest.raises(UsageError, match="got both"):
        check_some_or_all(["a"], all_runs=True)
    with pytest.raises(UsageError, match="no run given"):
        check_some_or_all([], all_runs=False)


def test_only_all_runs_asks_which_there_are() -> None:
    def never() -> list[str]:
        pytest.fail("nobody asked for all runs")

    assert some_or_all(["b", "a", "b"], False, never) == ["b", "a"]
    assert some_or_all([], True, lambda: ["a", "b"]) == ["a", "b"]


def test_names_keep_their_order() -> None:
    assert distinct(["b", "a", "b"]) == ["b", "a"]


@pytest.mark.parametrize(
    ("runs", "text"),
    [(["a"], "run a"), (["a", "b"], "runs a, b"), (["a", "b", "c", "d"], "runs a, b, c and 1 more")],
)
def test_a_headline_names_the_first_runs(runs: list[str], text: str) -> None:
    assert runs_text(runs) == text
