"""No value of a sensitive column is in anything that is written, whatever its type, the mode, and what goes wrong.

Values are planted in every kind of column; then every byte is searched: of the store (files, decoded Parquet, states
rebuilt from their bytes, Delta's log), of report, JSON, alerts, console and logs.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sensitive import secret_id
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.check import check
from stageprint.pipeline.compare import compare
from stageprint.pipeline.merge import merge
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.pipeline.suggest import suggest
from stageprint.pipeline.tables import all_tables
from stageprint.ports import EngineVersions, ProfileStore
from stageprint.report.html.data import load_report
from stageprint.report.html.render import render_report
from stageprint.report.json_output import check_objects, finding_objects, to_json
from stageprint.report.terminal.console import make_console
from stageprint.report.terminal.findings import print_findings
from stageprint.report.terminal.outcomes import print_checked, print_compared, print_profiled
from stageprint.report.terminal.progress import PlainProgress
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.memory import MemoryStore
from tests.support import planted
from tests.support.alerts import RememberingSink
from tests.support.memory_engine import MemoryEngine
from tests.support.planted_pipeline import BROKEN, FAILING, GOOD, MODES, SECRET, FailingSql, Planted


def everything(found: Planted, store: ProfileStore, caplog_text: io.StringIO) -> dict[str, bytes]:
    """Do all that there is to do with a pipeline, and return what was shown and sent."""
    stream = io.StringIO()
    with redirect_stdout(stream):
        console = make_console()
    progress = PlainProgress(console)
    engine, sink, sql = MemoryEngine(found.rows, batch_rows=7), RememberingSink(), FailingSql(found.rows)
    config = found.config
    runs = [*GOOD, BROKEN, FAILING]
    print_profiled(console, profile(config, runs, engine=engine, store=store, progress=progress))
    # A cast that fails in the middle of a table.
    cast = with_kind(config, "text", "integer")
    failed = profile(cast, [FAILING], engine=engine, store=store, progress=progress, tables=("others",))
    print_profiled(console, failed)
    outcome = compare(config, runs, store=store, run_sql=sql, routes=[sink.route(severity="review")])
    print_compared(console, outcome)
    print_checked(console, check(config, runs, store=store, run_sql=sql, progress=progress))
    results = Results(store)
    print_findings(console, results.findings(), results.check_rows(runs), runs)
    versions = EngineVersions(None, None, "UTC")
    merge(config, list(GOOD), "2026-03-07", store=store, versions=versions)
    shown = {f"report {run}": render_report(load_report(config, results, run, version="1")) for run in runs}
    shown |= {
        "json findings": to_json(finding_objects(results.findings())),
        "json checks": to_json(check_objects(results.check_rows(runs))),
        "history": to_json(results.history("raw", "people", "text")),
        "suggestions": str(suggest(config, store=store)),
        "alerts": str(sink.alerts),
        "outcomes": str((outcome, failed)),
        "console": stream.getvalue(),
        "log": caplog_text.getvalue(),
    }
    return {name: text.encode() for name, text in shown.items()}


def with_kind(config: PipelineConfig, column: str, kind: str) -> PipelineConfig:
    content = config.model_dump(mode="json", by_alias=True)
    for stage in content["stages"]:
        for table in stage["tables"]:
            table["columns"]["kinds"] = {column: kind}
    return PipelineConfig.model_validate(content)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEPRINT_HASH_KEY", SECRET)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


SCALARS = [name for name in planted.KINDS if name not in {"structure", "listed", "mapped"}]
REFERENCES = [name for name in SCALARS if name != "yes_no"]


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    seed=st.integers(0, 2**32),
    mode=st.sampled_from(sorted(MODES)),
    key=st.sampled_from(SCALARS),
    reference=st.sampled_from(REFERENCES),
)
def test_no_planted_value_is_in_anything_that_was_written(
    log: io.StringIO, seed: int, mode: str, key: str, reference: str
) -> None:
    found, store = Planted(seed, mode, key, reference), MemoryStore("people")
    shown = everything(found, store, log)
    for table in all_tables():
        shown |= planted.table_bytes(table.name, store.read(table))
    assert not planted.hits(found.values, shown)
    assert SECRET.encode() not in b"".join(shown.values())


@pytest.mark.parametrize("mode", sorted(MODES))
def test_no_planted_value_is_in_a_byte_of_a_delta_store(mode: str, tmp_path: Path, log: io.StringIO) -> None:
    found = Planted(7, mode, "digits", "long", tmp_path)
    shown = everything(found, DeltaStore(str(tmp_path), "people"), log)
    shown |= planted.stored_bytes(tmp_path)
    assert any("_delta_log" in place for place in shown)
    assert not planted.hits(found.values, shown)
    assert SECRET.encode() not in b"".join(shown.values())


def test_the_search_finds_values_of_columns_that_are_not_sensitive(log: io.StringIO) -> None:
    found, store = Planted(7, "none", "digits", "long"), MemoryStore("people")
    shown = everything(found, store, log)
    for table in all_tables():
        shown |= planted.table_bytes(table.name, store.read(table))
    where = "\n".join(planted.hits(found.values, shown))
    for place in (
        "column_profiles:states",
        "column_profiles:top_items",
        "column_profiles:min_text",
        "report",
        "console",
    ):
        assert place in where, place
    assert "table_profiles:error" in where


def test_failed_tables_say_what_failed_where(log: io.StringIO) -> None:
    found, store = Planted(7, "off", "digits", "long"), MemoryStore("people")
    everything(found, store, log)
    rows = store.read(TABLE_PROFILES, where(run_id=FAILING, status="failed")).to_pylist()
    errors = {(row["stage"], row["table_name"]): row["error"] for row in rows}
    assert "has no column 'unicode'" in errors["clean", "people"]
    assert errors["raw", "others"] == (
        "the rows cannot be read: ArrowInvalid (column 'text'); the rest of the message could quote values and is left "
        "out: the table has sensitive columns"
    )


def test_checks_of_sensitive_columns_are_not_computable_or_hide_rows(log: io.StringIO) -> None:
    found, store = Planted(7, "hashed", "digits", "long"), MemoryStore("people")
    everything(found, store, log)
    checks = {(row["check"], row["column"]): row for row in Results(store).check_rows([BROKEN])}
    assert checks["accepted_values", "text"]["reason"] == "the column is sensitive (hashed): its values are not stored"
    assert checks["not_null", "text"]["status"] == "pass"
    sql = [row for row in Results(store).check_rows([BROKEN]) if row["check"] == "custom_sql"]
    assert {row["status"] for row in sql} == {"fail", "not_computable"}
    assert {row["observed"] for row in sql if row["status"] == "fail"} == {
        "3 rows (not shown: the pipeline has sensitive columns)"
    }


def test_a_secret_in_a_file_is_used_and_not_stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STAGEPRINT_HASH_KEY")
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n", "utf-8")
    found = Planted(7, "hashed", "digits", "long", tmp_path / "store")
    settings_with_file = found.config.sensitive.model_copy(update={"secret_file": str(file)})
    config = found.config.model_copy(update={"sensitive": settings_with_file})
    store = DeltaStore(str(tmp_path / "store"), "people")
    assert not profile(config, [GOOD[0]], engine=MemoryEngine(found.rows), store=store).failed
    (stored,) = store.read(TABLE_PROFILES, where(stage="raw", table_name="people", slice_key=None)).to_pylist()
    assert stored["key_hash_id"] == secret_id(SECRET.encode())
    assert not planted.hits([SECRET], planted.stored_bytes(tmp_path / "store"))
