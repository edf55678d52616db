"""What every registered state must keep to, for every kind of column it is kept for."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.batch.column import ColumnBatch
from stageprint.errors import StateError
from stageprint.model import ColumnKind
from stageprint.states.base import State, all_states
from tests.contracts.states import check_bytes, check_merge_laws
from tests.support.columns import SETTINGS, example, state_of, thirds

STATES = sorted(all_states())
CASES = [
    pytest.param(cls, kind, id=f"{name}-{kind.value}")
    for name, cls in sorted(all_states().items())
    for kind in sorted(cls.kinds)
]


@pytest.mark.parametrize("name", STATES)
@given(data=st.data())
def test_laws(name: str, data: st.DataObject) -> None:
    cls = all_states()[name]
    kind = data.draw(st.sampled_from(sorted(cls.kinds)))
    check_merge_laws(cls, kind, data.draw(thirds(kind)))


@pytest.mark.parametrize(("cls", "kind"), CASES)
def test_laws_on_ordinary_values(cls: type[State], kind: ColumnKind) -> None:
    values = example(kind)
    check_merge_laws(cls, kind, (values, values[2:], pa.concat_arrays([values[1:], values])))


@pytest.mark.parametrize(("cls", "kind"), CASES)
def test_reading_and_merging_leave_the_other_state_alone(cls: type[State], kind: ColumnKind) -> None:
    one, two = (state_of(cls, [example(kind)], kind) for _ in range(2))
    before = two.to_bytes()
    one.merge(two)
    one.update(ColumnBatch(example(kind), kind))
    assert two.to_bytes() == before


@pytest.mark.parametrize(("cls", "kind"), CASES)
def test_bytes(cls: type[State], kind: ColumnKind) -> None:
    check_bytes(cls, kind)


@pytest.mark.parametrize("name", STATES)
def test_each_kind_has_its_own_code(name: str) -> None:
    cls = all_states()[name]
    codes = {cls.empty(kind, SETTINGS).to_bytes()[1] for kind in cls.kinds}
    assert len(codes) == len(cls.kinds)


@pytest.mark.parametrize("name", [name for name in STATES if all_states()[name].kinds != frozenset(ColumnKind)])
def test_bytes_of_a_kind_it_is_not_kept_for(name: str) -> None:
    cls = all_states()[name]
    every = all_states()["counts"]
    foreign = min(frozenset(ColumnKind) - cls.kinds)
    code = every.empty(foreign, SETTINGS).to_bytes()[1]
    with pytest.raises(StateError, match=f"holds a {foreign.value} column"):
        cls.from_bytes(bytes((1, code)))


@pytest.mark.parametrize("name", [name for name in STATES if len(all_states()[name].kinds) > 1])
def test_states_of_different_kinds_do_not_merge(name: str) -> None:
    cls = all_states()[name]
    one, two = sorted(cls.kinds)[:2]
    with pytest.raises(StateError, match=f"cannot merge {name} of a {one.value} column with {name} of a {two.value}"):
        cls.empty(one, SETTINGS).merge(cls.empty(two, SETTINGS))


@pytest.mark.parametrize("name", STATES)
def test_documented(name: str) -> None:
    cls = all_states()[name]
    assert cls.__doc__
    assert len(cls.__doc__.split()) > 8, "say what it holds and what it leaves out"
    assert cls.kinds
