"""The local engine merges the windows of serving processes, in their order; what it leaves out it names."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.local.engine import LocalEngine
from stageprint.engines.local.files import system_of
from stageprint.engines.local.schemas import LocalSchemas
from stageprint.errors import SourceError, UsageError
from stageprint.model import TableKey
from stageprint.model.outcomes import TableOutcome
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.compare import compare
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.pipeline.tables import column_profiles
from stageprint.pipeline.validate import SourceSchema, validate
from stageprint.serving.windows import Window, write_window
from stageprint.stores.memory import MemoryStore
from tests.support import serving
from tests.support.object_store import BUCKET, Refusal, object_store

START = dt.datetime(2026, 3, 2, 12, tzinfo=dt.timezone.utc)

Found = tuple[TableOutcome, dict[str, Any], dict[str, dict[str, Any]]]


def ingested(config: PipelineConfig, run: str = serving.RUN) -> Found:
    """Return the outcome, the row of `table_profiles` and the rows of `column_profiles` by column."""
    store = MemoryStore("shop")
    outcome = profile(config, [run], engine=LocalEngine(), store=store)
    (row,) = store.read(TABLE_PROFILES).to_pylist()
    columns = store.read(column_profiles()).to_pylist()
    return outcome.tables[0], row, {column["column_name"]: column for column in columns}


def folder(root: Path) -> Path:
    return root / "profiles" / serving.RUN


def bare(root: Path) -> PipelineConfig:
    """Return a configuration that names no column, as another release of the service may have had."""
    return parse_config(serving.yaml(root).split("        keys:", 1)[0])


def window(
    root: Path, rows: list[dict[str, Any]], name: str, minute: int, *, named: bool = True, **changes: Any
) -> Window:
    """Write a window that began at a minute, as the file of a name, and return it."""
    aside = root / "aside" / name
    with serving.profiler(aside, config=serving.config(aside) if named else bare(aside)) as profiler:
        profiler.update(rows)
    (found,) = serving.windows(aside)
    start = START + dt.timedelta(minutes=minute)
    found = replace(found, start=start, end=start + dt.timedelta(minutes=1), **changes)
    write_window(found, folder(root), name)
    return found


def test_the_windows_of_all_replicas_are_one_profile(tmp_path: Path) -> None:
    table = serving.requests(600)
    for replica in range(3):
        with serving.profiler(tmp_path, replica=f"r{replica}") as profiler:
            for start in (replica * 100, replica * 100 + 300):
                profiler.update(table.slice(start, 100))
                profiler.flush()
    outcome, row, columns = ingested(serving.config(tmp_path))
    assert (outcome.status, outcome.rows, outcome.columns, outcome.error) == ("ok", 600, 10, None)
    assert (row["source_format"], row["engine_path"], row["source_files"]) == ("stageprint", "serving", 6)
    assert row["source_bytes"] == sum(file.stat().st_size for file in folder(tmp_path).iterdir())
    assert row["source_location"] == f"{tmp_path}/profiles/{serving.RUN}/"
    asked = table.column("asked_at").to_pylist()
    assert (row["event_time_min"], row["event_time_max"]) == (min(asked), max(asked))
    assert [(key["columns"], key["null_rows"]) for key in row["keys"]] == [
        ("request_id+country", table.column("country").null_count)
    ]
    assert columns["items"]["mean"] == pytest.approx(sum(table.column("items").to_pylist()) / 600, rel=1e-12)
    assert columns["amount"]["null_count"] == table.column("amount").null_count
    assert columns["express"]["true_count"] == table.column("express").to_pylist().count(True)


def test_the_earliest_window_decides_a_column_s_type_whatever_the_files_are_called(tmp_path: Path) -> None:
    window(tmp_path, [{"request_id": 1, "items": "many", "late": 1}], "a.parquet", minute=9, named=False, replica="a")
    window(tmp_path, [{"request_id": 2, "items": None}], "z.parquet", minute=0, named=False, replica="z")
    window(tmp_path, [{"request_id": 3, "items": 5}], "y.parquet", minute=1, named=False, replica="z")
    window(tmp_path, [{"request_id": 4, "items": "few"}], "b.parquet", minute=1, named=False, replica="zz")
    _, row, columns = ingested(bare(tmp_path))
    assert list(columns) == ["request_id", "items", "late"]
    assert row["row_count"] == 4
    assert (columns["items"]["null_count"], columns["late"]["null_count"]) == (1, 3)
    assert dict(columns["items"]["not_computable"])["mean"] == (
        "2 of 4 rows hold values that could not be profiled: its type changed from bigint to string"
    )


def test_what_is_left_out_is_named(tmp_path: Path) -> None:
    config = serving.config(tmp_path)
    rows = [{"request_id": 1, "country": "DE", "asked_at": START}]
    for number in range(2):
        window(tmp_path, rows, f"good{number}.parquet", minute=number)
    window(tmp_path, rows, "other.parquet", minute=2, key=TableKey("serving", "other"))
    window(tmp_path, rows, "run.parquet", minute=3, run_id="2026-03-01")
    window(tmp_path, rows, "cut.parquet", minute=4)
    cut = (folder(tmp_path) / "cut.parquet").read_bytes()
    (folder(tmp_path) / "cut.parquet").write_bytes(cut[:100])
    pq.write_table(pa.table({"a": [1]}), folder(tmp_path) / "alien.parquet")
    (folder(tmp_path) / "_temporary.parquet").write_bytes(b"x")
    (folder(tmp_path) / "notes.txt").write_text("x")
    outcome, row, columns = ingested(config)
    assert (outcome.status, outcome.rows, outcome.error) == ("ok", 2, row["error"])
    assert (row["status"], row["row_count"], row["source_files"]) == ("ok", 2, 7)
    assert row["error"].startswith(
        "3 of 7 files are left out: alien.parquet (a Parquet file, but not of a serving profiler: it has no "
        "`stageprint` metadata); cut.parquet (not a readable Parquet file (100 bytes): "
    )
    assert row["error"].endswith("; run.parquet (it is of run '2026-03-01')")
    assert columns["country"]["row_count"] == 2


def test_a_byte_that_was_changed_is_found(tmp_path: Path) -> None:
    rows = [{"request_id": 1, "country": "DE", "asked_at": START}]
    for number in range(2):
        window(tmp_path, rows, f"{number}.parquet", minute=number)
    data = bytearray((folder(tmp_path) / "1.parquet").read_bytes())
    data[200] ^= 0xFF
    (folder(tmp_path) / "1.parquet").write_bytes(bytes(data))
    _, row, _ = ingested(serving.config(tmp_path))
    assert (row["status"], row["row_count"]) == ("ok", 1)
    assert row["error"].startswith("1 of 2 files is left out: 1.parquet (not a readable Parquet file")


def test_a_table_whose_files_were_left_out_is_judged_by_the_others(tmp_path: Path) -> None:
    config, store = serving.config(tmp_path), MemoryStore("shop")
    with serving.profiler(tmp_path) as profiler:
        profiler.update(serving.requests(50))
    (folder(tmp_path) / "cut.parquet").write_bytes(b"PAR1")
    ingested_now = profile(config, [serving.RUN], engine=LocalEngine(), store=store)
    assert (ingested_now.exit_status, ingested_now.failed, len(ingested_now.incomplete)) == (3, [], 1)
    compared = compare(config, [serving.RUN], store=store)
    assert compared.failed == []
    assert [one.cause for one in compared.findings] == []
    assert not compared.coverage[serving.RUN].missing
    (key,) = [table.key for table in ingested_now.tables]
    said = f"run {serving.RUN}: {key} is judged by the rows that could be read: 1 of 2 files is left out: cut.parquet ("
    assert [note for note in compared.notes if note.startswith(said)] != []
    (note,) = Results(store).source_notes([serving.RUN])[serving.RUN]
    assert note.startswith(f"{key}: 1 of 2 files is left out: cut.parquet (")


def test_other_sketch_sizes_are_left_out(tmp_path: Path) -> None:
    with serving.profiler(tmp_path) as profiler:
        profiler.update(serving.requests(10))
    _, row, columns = ingested(parse_config(serving.yaml(tmp_path) + "sketches: {kll_k: 200}\n"))
    assert (row["status"], row["row_count"], columns) == ("failed", None, {})
    assert "written with other sketch sizes" in row["error"]


def test_sources_without_a_window(tmp_path: Path) -> None:
    config = serving.config(tmp_path)
    with pytest.raises(UsageError, match="no source holds a run 'x'"):
        ingested(config, "x")
    (tmp_path / "profiles" / "empty").mkdir(parents=True)
    outcome, row, _ = ingested(config, "empty")
    assert outcome.error == (
        f"stageprint source '{tmp_path}/profiles/empty/' holds no .parquet file, "
        "none of serving.requests in run 'empty'"
    )
    assert (row["status"], row["engine_path"]) == ("failed", "serving")
    window(tmp_path, [{"request_id": 1}], "a.parquet", minute=0, key=TableKey("serving", "other"))
    outcome, _, _ = ingested(config)
    assert "holds windows of other tables alone, none of serving.requests in run" in (outcome.error or "")
    fixed = parse_config(serving.yaml(tmp_path).replace("{run_id}/", "emtpy"))
    outcome, _, _ = ingested(fixed)
    assert outcome.error == (
        f"stageprint source '{tmp_path}/profiles/emtpy' does not exist – did you mean '{tmp_path}/profiles/empty'?"
    )


def test_an_event_time_and_a_key_that_no_window_has(tmp_path: Path) -> None:
    window(tmp_path, [{"request_id": 1}], "a.parquet", minute=0, named=False)
    _, row, _ = ingested(serving.config(tmp_path))
    assert row["error"] == (
        "event_time: the windows have no column 'asked_at'; key request_id+country is not in the windows as a whole: "
        "see its columns"
    )


def test_runs_and_columns_are_known_without_a_profile(tmp_path: Path) -> None:
    config = serving.config(tmp_path)
    window(tmp_path, [{"request_id": 1, "country": "DE", "session": "s"}], "a.parquet", minute=0, named=False)
    window(tmp_path, [{"request_id": 1, "later": 2}], "b.parquet", minute=1, named=False)
    window(tmp_path, [{"stranger": 1}], "c.parquet", minute=1, key=TableKey("serving", "other"))
    assert LocalEngine().list_runs(config) == [serving.RUN]
    found = LocalSchemas(config).schema(config.table("serving", "requests"))
    assert isinstance(found, SourceSchema)
    assert found.fields.names == ["request_id", "country", "session", "later"]
    validated = validate(config, LocalSchemas(config))
    assert [problem.text for problem in validated.problems] == [
        "the source has no column 'asked_at' – available: 'country', 'later', 'request_id', 'session'"
    ]
    assert (validated.tables, validated.columns, validated.notes) == (1, 4, [])
    other = parse_config(serving.yaml(tmp_path).replace("name: requests", "name: nobody"))
    with pytest.raises(SourceError, match="holds no window of table 'nobody'"):
        LocalSchemas(other).schema(other.table("serving", "nobody"))


def test_windows_in_an_object_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"request_id": 1, "country": "DE", "asked_at": START}]
    for number in range(2):
        window(tmp_path, rows, f"{number}.parquet", minute=number)
    refusals = {f"/{BUCKET}/refused/{serving.RUN}/1.": Refusal(403, "AccessDenied")}
    with object_store(refusals=refusals) as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        store, _, _ = system_of(f"s3://{BUCKET}/x")
        for file in folder(tmp_path).iterdir():
            for place in ("served", "refused"):
                with store.open_output_stream(f"{BUCKET}/{place}/{serving.RUN}/{file.name}") as stream:
                    stream.write(file.read_bytes())
        there = serving.yaml(tmp_path).replace(f"{tmp_path}/profiles", f"s3://{BUCKET}/served")
        outcome, row, _ = ingested(parse_config(there))
        assert (outcome.status, outcome.rows, row["source_files"]) == ("ok", 2, 2)
        # A file that cannot be had is not left out as a damaged one is: it may be there the next time.
        outcome, _, columns = ingested(parse_config(there.replace("/served", "/refused")))
        assert (outcome.status, columns) == ("failed", {})
        assert f"s3://{BUCKET}/refused/{serving.RUN}/1.parquet: " in (outcome.error or "")
