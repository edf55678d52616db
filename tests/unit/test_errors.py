from __future__ import annotations

import pytest

from stageprint.errors import (
    ConfigError,
    RegistryError,
    SessionError,
    SourceError,
    StageprintError,
    StateError,
    StoreError,
    UsageError,
    did_you_mean,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConfigError, 2),
        (UsageError, 2),
        (SessionError, 2),
        (SourceError, 3),
        (StoreError, 2),
        (StateError, 2),
        (RegistryError, 2),
    ],
)
def test_every_error_is_of_one_tree_and_has_its_status(error: type[StageprintError], status: int) -> None:
    assert issubclass(error, StageprintError)
    assert error.exit_status == status


@pytest.mark.parametrize(
    ("name", "available", "hint"),
    [
        ("fare", ["fares", "distance"], " – did you mean 'fares'?"),
        ("DEP_DELAY", ["dep_delay", "arr_delay"], " – did you mean 'dep_delay'?"),
        ("2013-5", ["2013-04", "2013-05"], " – did you mean '2013-05'?"),
        ("x", ["fares", "distance"], " – available: 'distance', 'fares'"),
        ("x", ["b", "a", "b"], " – available: 'a', 'b'"),
        ("x", [], ""),
        (
            "zzz",
            [f"c{n}" for n in range(10)],
            " – available: 'c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7' and 2 more",
        ),
    ],
)
def test_the_hint_names_the_nearest_or_what_there_is(name: str, available: list[str], hint: str) -> None:
    assert did_you_mean(name, available) == hint


def test_the_hint_takes_any_iterable() -> None:
    assert did_you_mean("fare", (name for name in ("fares",))) == " – did you mean 'fares'?"
