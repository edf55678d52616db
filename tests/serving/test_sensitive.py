"""What serving processes write and log of sensitive columns holds no value, also of rows that do not fit."""

from __future__ import annotations

import datetime as dt
import io
import logging
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.local.engine import LocalEngine
from stageprint.errors import StateError
from stageprint.pipeline.profile import profile
from stageprint.serving import ServingProfiler
from stageprint.serving.window_merge import merge_windows, reduce_rejected_columns
from stageprint.serving.windows import read_window, write_window
from stageprint.stores.delta.store import DeltaStore
from tests.support import planted

RUN = "2026-03-02"
ROWS = 12
MODES = {"off": "off", "hashed": "hashed", "shared": "1000"}


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEPRINT_HASH_KEY", "the secret of these tests, long enough")


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, with tracebacks."""
    stream, logger = io.StringIO(), logging.getLogger("stageprint")
    handler = logging.StreamHandler(stream)
    logger.addHandler(handler)
    yield stream
    logger.removeHandler(handler)


def config(root: Path, how: str | None) -> PipelineConfig:
    sensitive = ", ".join(f"{name}: {how}" for name in [*planted.KINDS, "odd"]) if how else ""
    return parse_config(f"""\
pipeline: people
store: {root}/store
stages:
  - name: serving
    role: serving
    tables:
      - name: people
        source: {{format: stageprint, path: "{root}/profiles/{{run_id}}/"}}
        keys: [digits, plain]
        event_time: timestamp
        columns: {{theta: [long, text], sensitive: {{{sensitive}}}}}
""")


def profiler(root: Path, how: str | None, **changes: Any) -> ServingProfiler:
    given: dict[str, Any] = {"run": RUN, "replica": "one", "flush_seconds": 3600.0} | changes
    return ServingProfiler(config(root, how), **given)


def people(seed: int) -> tuple[pa.Table, list[planted.Value]]:
    rng = random.Random(seed)  # noqa: S311 -- no secret
    columns, found = {}, []
    for name, make in planted.KINDS.items():
        array, values = make([rng.getrandbits(48) | 1 << 47 for _ in range(ROWS)])
        columns[name] = array
        found += values
    return pa.table({**columns, "plain": list(range(ROWS)), "odd": pa.nulls(ROWS, pa.string())}), found


def store_of(root: Path) -> DeltaStore:
    return DeltaStore(f"{root}/store", "people")


def haystacks(root: Path, log: io.StringIO) -> dict[str, bytes]:
    return planted.stored_bytes(root) | {"log": log.getvalue().encode()}


@pytest.mark.parametrize("how", MODES)
@pytest.mark.parametrize("form", ["mappings", "table"])
def test_windows_of_two_processes_and_what_they_are_merged_to(
    how: str, form: str, tmp_path: Path, log: io.StringIO
) -> None:
    values = []
    for number, replica in enumerate(("one", "two")):
        table, found = people(number)
        values += found
        with profiler(tmp_path, MODES[how], replica=replica) as serving:
            serving.update(table if form == "table" else table.to_pylist())
            serving.flush()
            serving.update(table.slice(3).to_pylist())
    files = sorted((tmp_path / "profiles" / RUN).glob("*.parquet"))
    assert len(files) == 4
    window = reduce_rejected_columns(merge_windows(read_window(file.read_bytes()) for file in files))
    write_window(window, tmp_path / "merged", "all.parquet")
    assert window.rows == 2 * (2 * ROWS - 3)
    (outcome,) = profile(config(tmp_path, MODES[how]), [RUN], engine=LocalEngine(), store=store_of(tmp_path)).tables
    assert (outcome.status, outcome.rows) == ("ok", window.rows)
    assert not planted.hits(values, haystacks(tmp_path, log))


def test_the_search_finds_values_of_columns_that_are_not_sensitive(tmp_path: Path, log: io.StringIO) -> None:
    table, values = people(1)
    with profiler(tmp_path, None) as serving:
        serving.update(table)
        serving.update(Failing(values[0]))
    profile(config(tmp_path, None), [RUN], engine=LocalEngine(), store=store_of(tmp_path))
    found = "\n".join(planted.hits(values, haystacks(tmp_path, log)))
    assert "partial" in found
    assert "in log" in found
    assert "store/column_profiles" in found


class Failing:
    """A stream of Arrow's whose rows cannot be had, for a reason that quotes a value."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        message = f"cannot convert {self.value!r}"
        raise pa.ArrowInvalid(message)


def unfit(values: list[planted.Value]) -> Iterator[Any]:
    """Yield rows that do not fit, and rows that cannot be had at all."""
    text, number = str(values[0]), 1 << 47 | 12345
    yield [{"long": text, "text": number, "date": text, "float": [text], "decimal": text}]
    # The keys of mappings may be values: they are no names of fields then.
    yield [{"odd": {text: number}, "structure": {text: {text: text}}, "listed": [{text: number}], "text": {text: 1}}]
    yield pa.table({"odd": [{text: number}], "long": [{text: text}], "unknown": [{text: text}]})
    yield pd.DataFrame({"long": [number, text, {text: text}], "odd": [text, {text: 1}, b"x"]})
    yield Failing(text)


@pytest.mark.parametrize("how", MODES)
@pytest.mark.parametrize("declared", [False, True])
def test_rows_that_do_not_fit_are_told_without_values(
    how: str, declared: bool, tmp_path: Path, log: io.StringIO
) -> None:
    table, values = people(3)
    columns = table.schema if declared else None
    with profiler(tmp_path, MODES[how], columns=columns) as serving:
        serving.update(table.to_pylist())
        serving.flush()
        for rows in unfit(values):
            serving.update(rows)
            serving.flush()
        assert serving.errors
    with profiler(tmp_path, MODES[how], replica="two") as other:
        for rows in unfit(values):
            other.update(rows)
    assert "could quote values and is left out" in log.getvalue()
    files = sorted((tmp_path / "profiles" / RUN).glob("*.parquet"))
    window = reduce_rejected_columns(merge_windows(read_window(file.read_bytes()) for file in files))
    write_window(window, tmp_path / "merged", "all.parquet")
    assert window.notes
    assert not planted.hits([*values, 1 << 47 | 12345], haystacks(tmp_path, log))


def test_what_is_raised_quotes_no_value(tmp_path: Path) -> None:
    with profiler(tmp_path, "off", on_error="raise") as serving:
        with pytest.raises(StateError, match=r"serving\.people: rows were not taken: .*ArrowInvalid") as raised:
            serving.update(Failing("Zq123456789xW"))
        assert "Zq123456789xW" not in str(raised.value)
        assert raised.value.__cause__ is None
        assert raised.value.__context__ is None


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, log: io.StringIO) -> None:
    table, values = people(4)
    (tmp_path / "profiles").write_text("a file, where the folder should be")
    with profiler(tmp_path, "off") as serving:
        serving.update(table)
        assert serving.flush() == []
    assert str(tmp_path / "profiles") in log.getvalue()
    assert not planted.hits(values, {"log": log.getvalue().encode()})


def test_the_function_that_names_a_run_may_fail(tmp_path: Path, log: io.StringIO) -> None:
    table, values = people(5)

    def run(start: dt.datetime) -> str:
        if start.year and (tmp_path / "fails").exists():
            raise ValueError(values[0])
        return RUN

    with profiler(tmp_path, "off", run=run) as serving:
        (tmp_path / "fails").touch()
        serving.update(table)
        serving.flush()
        (tmp_path / "fails").unlink()
    assert "ValueError" in log.getvalue()
    assert not planted.hits(values, haystacks(tmp_path, log))
