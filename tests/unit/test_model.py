from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import pytest

from stageprint.model import (
    ALL_KINDS,
    NUMERIC,
    ORDERED,
    TABLE_LEVEL,
    TEMPORAL,
    TIMESTAMPS,
    ColumnKey,
    ColumnKind,
    ColumnProfile,
    NotComputable,
    Severity,
    StateLike,
    TableKey,
)


class Counts:
    name: ClassVar[str] = "counts"

    def to_bytes(self) -> bytes:
        return b""


class Other:
    name: ClassVar[str] = "other"

    def to_bytes(self) -> bytes:
        return b""


class Impostor:
    """Answers to the name of another state."""

    name: ClassVar[str] = "counts"

    def to_bytes(self) -> bytes:
        return b""


def test_not_computable_is_falsy_and_keeps_its_reason() -> None:
    missing = NotComputable("type array<int>")
    assert (missing or 7) == 7
    assert missing.reason == "type array<int>"


def test_kinds_group_without_overlap() -> None:
    assert NUMERIC | TEMPORAL == ORDERED
    assert not NUMERIC & TEMPORAL
    assert TIMESTAMPS < TEMPORAL
    assert ORDERED < ALL_KINDS
    assert ColumnKind.OTHER not in ORDERED


def test_keys_read_as_people_write_them() -> None:
    column = ColumnKey("raw", "flights", "dep_delay")
    assert str(column) == "raw.flights.dep_delay"
    assert str(column.table_key) == "raw.flights"
    assert column.table_key == TableKey("raw", "flights")
    assert str(ColumnKey("raw", "flights", TABLE_LEVEL)) == "raw.flights"


def test_severities_are_ranked() -> None:
    assert sorted(Severity, key=lambda severity: severity.rank) == [
        Severity.NONE,
        Severity.REVIEW,
        Severity.WARNING,
        Severity.CRITICAL,
    ]


@pytest.mark.parametrize("held", [{}, {"other": Other()}, {"counts": Impostor()}])
def test_a_profile_has_no_state_that_is_not_of_the_class(held: Mapping[str, StateLike]) -> None:
    column = ColumnProfile("a", 0, "int", ColumnKind.INTEGER, held)
    assert column.state(Counts) is None


def test_a_profile_hands_out_its_states() -> None:
    counts = Counts()
    assert ColumnProfile("a", 0, "int", ColumnKind.INTEGER, {"counts": counts}).state(Counts) is counts
