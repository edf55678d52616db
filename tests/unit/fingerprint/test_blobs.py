from __future__ import annotations

import pyarrow as pa
import pytest

from stageprint.errors import StateError
from stageprint.fingerprint import merge_partials, pack_states, unpack_states
from tests.unit.fingerprint.tables import fingerprint, plan_of


class TestBlobs:
    def test_round_trip(self, orders: pa.Table) -> None:
        for _, blob in fingerprint(orders, plan_of(orders)).partials():
            parts = unpack_states(blob)
            assert parts
            assert all(parts.values())
        assert unpack_states(pack_states({})) == {}

    @pytest.mark.parametrize(
        "blob", [b"", b"\x02", b"\x01\x05", b"\x01\x01\x09\x00\x00\x00\xff", b"\x01\x01\x09\x00\x00\x00a12"]
    )
    def test_damaged(self, blob: bytes) -> None:
        with pytest.raises(StateError, match="blob"):
            unpack_states(blob)

    def test_other_states_than_planned(self, orders: pa.Table) -> None:
        plan = plan_of(orders)
        with pytest.raises(StateError, match=r"a partial at index 1 holds .*'kll'.*; the plan keeps .*'lengths'"):
            merge_partials(plan, 1, [pack_states(plan.empty_states(0))])
