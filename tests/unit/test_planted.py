"""The search for planted values finds them wherever they are kept: else it would prove nothing."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stageprint.batch.column import ColumnBatch
from stageprint.config.sketches import SketchSettings
from stageprint.fingerprint import pack_states
from stageprint.model import ColumnKind
from stageprint.states.kll import KllState
from tests.support import planted
from tests.support.planted_faults import PLAIN, VALUES, Search, person, salary, with_people

PLACES = {
    "text": person(3).encode(),
    "JSON": json.dumps({"sentence": f"it is {salary(3):,}"}).encode(),
    "bytes of a number": b"abc" + struct.pack("<q", salary(3)) + b"d",
    "bytes of a double": struct.pack("<d", float(salary(3))),
}


@pytest.mark.parametrize("place", PLACES)
def test_values_are_found_in_texts_and_bytes(place: str) -> None:
    search = Search()
    search.text(place, PLACES[place])
    assert search.hits
    assert place in search.hits[0]
    assert search.searched_bytes == len(PLACES[place])


def _state() -> bytes:
    state = KllState.empty(ColumnKind.INTEGER, SketchSettings())
    state.update(ColumnBatch(pa.array([salary(3)]), ColumnKind.INTEGER))
    return pack_states({"kll": state})


COLUMNS = {
    "dictionary": pa.array([person(3)] * 100).dictionary_encode(),
    "compressed": pa.array([person(3) * 50] * 100),
    "nested": pa.array([[{"a": salary(3)}]]),
    "deflated": pa.array([zlib.compress(person(3).encode() * 100)]),
    "state": pa.array([_state()]),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_values_are_found_in_every_encoding_of_a_stored_table(name: str, tmp_path: Path) -> None:
    for store in ("store", PLAIN):
        (tmp_path / store / "manifests" / "_delta_log").mkdir(parents=True)
        table = pa.table({name: COLUMNS[name]})
        pq.write_table(table, tmp_path / store / "part-0.parquet", compression="zstd")
    search = Search()
    search.below(tmp_path)
    assert search.hits
    assert not [hit for hit in search.hits if PLAIN in hit]
    # What was searched once is not searched again.
    before = search.searched_bytes
    search.below(tmp_path)
    assert search.searched_bytes == before


def test_a_file_that_was_never_finished_is_searched_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "part-0.parquet").write_bytes(b"PAR1" + person(3).encode())
    search = Search()
    search.store(tmp_path)
    assert search.hits


def test_planted_tables_hold_the_values_that_are_looked_for() -> None:
    table = with_people(pa.table({"id": [1, 2]}), start=7)
    assert table["person"].to_pylist() == [person(7), person(8)]
    assert {*table["salary"].to_pylist()} <= {*VALUES}
    assert planted.hits(VALUES, planted.table_bytes("table", table))
