"""The file of a window: whole or refused, and merged by the rules."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError
from stageprint.model import TableKey
from stageprint.serving.window_merge import WindowMerger, merge_windows
from stageprint.serving.windows import RejectedValues, Window, read_window, window_bytes, window_table, write_window
from tests.support import serving


@pytest.fixture
def window(tmp_path: Path) -> Window:
    with serving.profiler(tmp_path, replica="r1") as profiler:
        profiler.update(serving.requests(200))
    return serving.windows(tmp_path)[0]


def test_round_trip(window: Window) -> None:
    noted = replace(window, rejected={"x": RejectedValues(3, "why", "string")}, notes={"y": "so"}, problems=("lost",))
    found = read_window(window_bytes(noted))
    assert replace(found, states={}) == replace(noted, states={})
    assert window_table(found).equals(window_table(noted), check_metadata=True)


def test_the_file_describes_itself(window: Window, tmp_path: Path) -> None:
    path = write_window(window, tmp_path / "new", "w.parquet")
    assert [file.name for file in path.parent.iterdir()] == ["w.parquet"]
    table = pq.read_table(path)
    described = json.loads(table.schema.metadata[b"stageprint"])
    assert (described["rows"], described["replica"], described["run_id"]) == (200, "r1", serving.RUN)
    assert table.column("column_name").to_pylist()[2:4] == ["request_id", "country"]
    assert table.column("column_kind").to_pylist()[2:4] == ["integer", "string"]


def test_damage_anywhere_is_seen(window: Window) -> None:
    data = window_bytes(window)
    places = range(4, len(data) - 4, max(1, len(data) // 300))
    unseen = []
    for place in places:
        broken = data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :]
        try:
            found = read_window(broken)
        except StateError:
            continue
        if not window_table(found).equals(window_table(window)):
            unseen.append(place)
    assert unseen == []


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_a_cut_file(window: Window, share: float) -> None:
    data = window_bytes(window)
    with pytest.raises(StateError, match="not a readable Parquet file"):
        read_window(data[: int(share * len(data))])


def test_other_files() -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"a": [1]}), sink)
    with pytest.raises(StateError, match="not of a serving profiler"):
        read_window(sink.getvalue().to_pybytes())


def _with(window: Window, **changes: object) -> bytes:
    table = window_table(window)
    described = json.loads(table.schema.metadata[b"stageprint"]) | changes
    sink = pa.BufferOutputStream()
    pq.write_table(table.replace_schema_metadata({b"stageprint": json.dumps(described).encode()}), sink)
    return bytes(sink.getvalue().to_pybytes())


def test_metadata_that_does_not_fit(window: Window) -> None:
    with pytest.raises(StateError, match=r"window of format 99; this release reads 1 to 1: upgrade"):
        read_window(_with(window, format=99))
    with pytest.raises(StateError, match="states of 200 rows instead of 7"):
        read_window(_with(window, rows=7))
    with pytest.raises(StateError, match="damaged metadata"):
        read_window(_with(window, settings={"kll_k": "x"}))
    with pytest.raises(StateError, match="holds the indices"):
        read_window(_with(window, keys=[]))


@pytest.mark.parametrize("text", [b"[" * 100_000, b'{"a":' * 100_000, b"[1]", b"7", b"{}", b"\xff"])
def test_metadata_made_to_break_the_reader_is_refused(window: Window, text: bytes) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(window_table(window).replace_schema_metadata({b"stageprint": text}), sink)
    with pytest.raises(StateError, match="damaged metadata of a serving profiler's window"):
        read_window(bytes(sink.getvalue().to_pybytes()))


def test_only_windows_of_one_table_and_run_merge(window: Window) -> None:
    merger = WindowMerger()
    with pytest.raises(StateError, match="no window to merge"):
        merger.merged()
    merger.add(window)
    for other in (replace(window, run_id="other"), replace(window, key=TableKey("serving", "other"))):
        with pytest.raises(StateError, match="among those of"):
            merger.add(other)
    with pytest.raises(StateError, match="other sketch sizes"):
        merge_windows([window], SketchSettings(kll_k=200))
    assert merger.merged().rows == 200


def test_merging_leaves_the_windows_alone(window: Window) -> None:
    before = window_bytes(window)
    assert merge_windows([window, window, window]).rows == 600
    assert window_bytes(window) == before


def test_merged_windows_merge_again(tmp_path: Path) -> None:
    for number in range(4):
        with serving.profiler(tmp_path, replica=f"r{number}") as profiler:
            profiler.update(serving.requests(300, seed=number))
            if number % 2:
                profiler.update([{"request_id": "x", "items": 1.5, "extra": number}])
    parts = serving.windows(tmp_path)
    at_once = merge_windows(parts)
    halves = [read_window(window_bytes(merge_windows(half))) for half in (parts[:3], parts[3:])]
    in_steps = merge_windows(halves)
    assert in_steps.replica == at_once.replica == "r0,r1,r2,r3"
    assert (in_steps.rejected, in_steps.notes, in_steps.problems) == (at_once.rejected, at_once.notes, at_once.problems)
    assert in_steps.plan == at_once.plan
    for index in at_once.plan.indices:
        for name in ("counts", "extremes", "value_counts"):
            if name in at_once.states[index]:
                assert in_steps.states[index][name].to_bytes() == at_once.states[index][name].to_bytes()
