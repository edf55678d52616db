"""The command line: options, statuses, and that every mistake is one line on stderr. Spark is replaced by fakes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import types
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, Literal

import pytest

from stageprint import cli
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import SourceError, StoreError, UsageError, did_you_mean
from stageprint.model import CheckOutcome, ColumnKey, Finding, Severity, TableKey
from stageprint.pipeline.outcome import CheckRunsOutcome, CompareOutcome, ProfileOutcome, TableOutcome
from stageprint.ports import Progress
from stageprint.report.json_output import CHECK_KEYS, FINDING_KEYS
from stageprint.report.rows import check_row
from stageprint.skew import ColumnSkew, TableSkew

CONFIG = """\
pipeline: shop
store: ./observability
stages:
  - name: raw
    tables:
      - {name: orders, source: {format: csv, path: "data/{run_date}/orders.csv"}}
      - {name: customers, source: {table: main.shop.customers}}
  - name: joined
    upstream: [raw]
    tables:
      - {name: orders, source: {format: parquet, path: "data/{run_id}/joined"}}
"""

RUNS = ["2013-01", "2013-02", "2013-03"]


def finding(severity: str = "critical", run_id: str = "2013-03", **changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "finding_id": f"{run_id}-{severity}",
        "run_id": run_id,
        "severity": severity,
        "cause": "unit_change",
        "class": "data",
        "stage": "raw",
        "table": "orders",
        "column": "price",
        "first_run": "2013-02",
        "explains": ["joined.orders.price"],
        "confidence": 0.9,
        "alternatives": [],
        "evidence": {"factor": 100.0},
        "sentence": "raw.orders.price is a hundred times what it was.",
    }
    return row | changes


class FakeStore:
    """A store of three runs; tests change what it holds."""

    def __init__(self) -> None:
        self.run_rows = [
            {"run_id": run, "status": "ok", "tables_profiled": 3, "tables_failed": 0, "logical_date": None}
            for run in RUNS
        ]
        self.finding_rows: list[dict[str, Any]] = [finding()]
        self.check_results: list[dict[str, Any]] = []
        self.compared_rows: dict[str, dict[str, Any]] = {run: {"columns": 131, "baseline": "auto"} for run in RUNS}

    def runs(self) -> list[dict[str, Any]]:
        return self.run_rows

    def findings(self, run_id: str | None = None) -> list[dict[str, Any]]:
        return [row for row in self.finding_rows if run_id in {None, row["run_id"]}]

    def check_rows(self, runs: Sequence[str]) -> list[dict[str, Any]]:
        return [row for row in self.check_results if row["run_id"] in runs]

    def compared(self, runs: Sequence[str]) -> dict[str, dict[str, Any]]:
        return {run: row for run, row in self.compared_rows.items() if run in runs}

    def history(self, stage: str, table: str, column: str) -> list[dict[str, Any]]:
        if column != "price":
            message = f"{stage}.{table} has no column {column!r} – did you mean 'price'?"
            raise UsageError(message)
        return [
            {"run_id": run, "status": "ok", "row_count": 28_796, "null_share": 0.0125, "mean": 3.5, "severity": "none"}
            for run in RUNS
        ]

    def table_rows(self, runs: Sequence[str]) -> list[dict[str, Any]]:
        return [
            {
                "run_id": run,
                "stage": "raw",
                "table": "orders",
                "status": "ok",
                "error": None,
                "row_count": 5,
                "column_count": 1,
            }
            for run in runs
        ]

    def column_rows(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        del only
        return [
            {
                "run_id": run,
                "stage": "raw",
                "table": "orders",
                "column": "price",
                "column_position": 0,
                "data_type": "double",
                "column_kind": "float",
                "null_share": 0.0,
                "severity": None,
                "statistic": None,
                "explanation": None,
            }
            for run in runs
        ]


class Fakes:
    """Stands in for the Spark adapters; remembers the calls."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.calls: list[tuple[str, Any]] = []
        self.profiled = ProfileOutcome([_table("2013-05")], "./observability", 4.2)
        self.found = CompareOutcome([], 12, 131, [], 2.0, "./observability")
        self.checked = CheckRunsOutcome([], [], 2.0, "./observability")
        self.listed = list(RUNS)
        self.engines: list[str | None] = []
        self.error: BaseException | None = None

    def profile_runs(
        self,
        config: PipelineConfig,
        runs: Sequence[str],
        *,
        stages: Sequence[str] = (),
        tables: Sequence[str] = (),
        session: object = None,
        progress: Progress | None = None,
        engine: str | None = None,
    ) -> ProfileOutcome:
        del config, session
        self.engines.append(engine)
        self.calls.append(("profile", (list(runs), tuple(stages), tuple(tables))))
        if self.error is not None:
            raise self.error
        assert progress is not None
        progress.start(len(self.profiled.tables), "tables")
        for table in self.profiled.tables:
            progress.advance(table)
        return self.profiled

    def compare_runs(
        self,
        config: PipelineConfig,
        runs: Sequence[str],
        *,
        baseline: str = "auto",
        session: object = None,
        progress: Progress | None = None,
    ) -> CompareOutcome:
        del config, session, progress
        named = [("baseline", baseline.removeprefix("run:"))] if baseline.startswith("run:") else []
        for what, run in [*(("run", run) for run in runs), *named]:
            if run not in RUNS:
                message = f"{what} {run!r} is not in the store{did_you_mean(run, RUNS)}"
                raise UsageError(message)
        if self.error is not None:
            raise self.error
        self.calls.append(("compare", (list(runs), baseline)))
        return self.found

    def check_runs(
        self,
        config: PipelineConfig,
        runs: Sequence[str],
        *,
        stages: Sequence[str] = (),
        tables: Sequence[str] = (),
        session: object = None,
        progress: Progress | None = None,
    ) -> CheckRunsOutcome:
        del config, session, progress
        self.calls.append(("check", (list(runs), tuple(stages), tuple(tables))))
        return self.checked

    def suggest_checks(
        self,
        config: PipelineConfig,
        *,
        stages: Sequence[str] = (),
        tables: Sequence[str] = (),
        last: int | None = None,
        session: object = None,
        progress: Progress | None = None,
    ) -> list[types.SimpleNamespace]:
        del config, session, progress
        self.calls.append(("suggest", (tuple(stages), tuple(tables), last)))
        return [types.SimpleNamespace(text=text) for text in ("checks:\n  - a\n", "checks:\n  - b\n")]

    def list_runs(self, config: PipelineConfig, session: object = None) -> list[str]:
        del config, session
        return self.listed

    def open_store(self, config: PipelineConfig, session: object = None) -> FakeStore:
        del config, session
        if self.error is not None:
            raise self.error
        return self.store


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    fakes = Fakes()
    for module, names in (
        ("engines.spark.profile", ["profile_runs"]),
        ("engines.spark.compare", ["compare_runs"]),
        ("engines.spark.checks", ["check_runs"]),
        ("engines.spark.suggest", ["suggest_checks"]),
        ("engines.spark.sources", ["list_runs"]),
        ("stores.spark.store", ["open_store"]),
    ):
        fake = types.ModuleType(f"stageprint.{module}")
        for name in names:
            setattr(fake, name, getattr(fakes, name))
        monkeypatch.setitem(sys.modules, fake.__name__, fake)
    return fakes


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "shop.yml"
    file.write_text(CONFIG, encoding="utf-8")
    return str(file)


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STAGEPRINT_DEBUG", "COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)


def _table(run_id: str, error: str | None = None, table: str = "orders") -> TableOutcome:
    if error is not None:
        return TableOutcome(run_id, TableKey("raw", table), "failed", None, None, 0.1, error)
    return TableOutcome(run_id, TableKey("raw", table), "ok", 28_796, 19, 1.44)


def _found(severity: Severity) -> Finding:
    return Finding(
        "f1",
        "2013-03",
        severity,
        "unit_change",
        "data",
        ColumnKey("raw", "orders", "price"),
        "2013-03",
        (),
        0.9,
        (),
        {},
        "raw.orders.price is a hundred times what it was.",
    )


Capture = pytest.CaptureFixture[str]


class TestProfile:
    def test_results_go_to_stdout_and_progress_to_stderr(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        assert cli.run(["profile", "-c", config, "--run", "2013-05"]) == 0
        out, err = capsys.readouterr()
        assert fakes.calls == [("profile", (["2013-05"], (), ()))]
        assert err == "tables (1)\n[1/1] 2013-05 raw.orders ok 28,796 rows, 19 columns, 1.4 s\n"
        assert out.startswith("shop · run 2013-05 · store ./observability\n")
        assert out.endswith("profiled 1 table of 1 run in 4.2 s\n")
        assert "\x1b" not in out + err

    def test_options_are_handed_on(self, fakes: Fakes, config: str) -> None:
        words = ["profile", "-c", config, "--run", "2013-05", "--run", "2013-04", "--run", "2013-05"]
        assert cli.run([*words, "--stage", "raw", "--stage", "joined", "--table", "orders"]) == 0
        assert fakes.calls == [("profile", (["2013-05", "2013-04"], ("raw", "joined"), ("orders",)))]
        assert cli.run([*words, "--engine", "arrow"]) == 0
        assert fakes.engines == [None, "arrow"]

    def test_all_runs_are_those_the_sources_hold(self, fakes: Fakes, config: str) -> None:
        assert cli.run(["profile", "-c", config, "--all-runs"]) == 0
        assert fakes.calls == [("profile", (RUNS, (), ()))]

    def test_a_failed_table_is_status_3_and_is_named(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        broken = _table("2013-05", "csv source 'x.csv' is not there", "customers")
        fakes.profiled = ProfileOutcome([_table("2013-05"), broken], "./observability", 1.0)
        assert cli.run(["profile", "-c", config, "--run", "2013-05"]) == 3
        out, err = capsys.readouterr()
        assert "failed: 2013-05 raw.customers csv source 'x.csv' is not there" in out
        assert out.endswith("profiled 1 table of 1 run in 1.0 s; 1 table failed\n")
        assert "[2/2] 2013-05 raw.customers failed csv source" in err

    def test_the_runs_of_sources_without_any(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        fakes.listed = []
        assert cli.run(["profile", "-c", config, "--all-runs"]) == 2
        assert "the sources hold no run yet" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["profile", "-c", "FILE"], "no run given: expected --run ID (repeatable) or --all-runs"),
        (["profile", "-c", "FILE", "--run", "a", "--all-runs"], "--run and --all-runs exclude each other"),
        (["compare", "-c", "FILE"], "no run given: expected --run ID (repeatable) or --all-runs"),
        (
            ["profile", "-c", "FILE", "--run", "2013-05", "--stage", "raww"],
            "no stage 'raww' in pipeline 'shop' – did you",
        ),
        (
            ["profile", "-c", "FILE", "--run", "2013-05", "--table", "order"],
            "no table 'order' in pipeline 'shop' – did",
        ),
        (["profile", "-c", "FILE", "--run", "may"], "but run 'may' does not begin with a date"),
        (["profile", "-c", "no.yml", "--run", "a"], "no.yml: no such configuration file"),
        (
            ["profile", "--run", "a"],
            "stageprint profile: Missing option '--config' / '-c' (help: stageprint profile --help)",
        ),
        (["profile", "-c", "FILE", "--rum", "a"], "stageprint profile: No such option '--rum'. Did you mean '--run'?"),
        (["profil"], "stageprint: No such command 'profil'."),
        (["compare", "-c", "FILE", "--run", "2013-03", "--baseline", "previos"], "did you mean 'previous'?"),
        (
            ["compare", "-c", "FILE", "--run", "2013-03", "--baseline", "window:0"],
            "run:ID, window:N or stage:NAME, got",
        ),
        (
            ["compare", "-c", "FILE", "--run", "2013-03", "--baseline", "run:2013-2"],
            "baseline '2013-2' is not in the store",
        ),
        (
            ["compare", "-c", "FILE", "--run", "2013-03", "--baseline", "stage:row"],
            "no stage 'row' in pipeline 'shop' – did",
        ),
        (
            ["compare", "-c", "FILE", "--run", "2013-3"],
            "run '2013-3' is not in the store – did you mean '2013-03'?",
        ),
        (
            ["compare", "-c", "FILE", "--run", "2013-03", "--fail-on", "info"],
            "'info' is not one of 'critical', 'warning'",
        ),
        (
            ["findings", "-c", "FILE", "--run", "2013-30"],
            "run '2013-30' is not in the store ./observability – did you mean",
        ),
        (["findings", "-c", "FILE", "--format", "xml"], "'xml' is not one of 'table', 'json'"),
        (["history", "-c", "FILE", "--stage", "raw", "--table", "orders"], "Missing option '--column'"),
        (["history", "-c", "FILE", "--stage", "raw", "--table", "ordrs", "--column", "p"], "– did you mean 'orders'?"),
        (
            ["history", "-c", "FILE", "--stage", "raw", "--table", "orders", "--column", "prize"],
            "did you mean 'price'?",
        ),
        (["report", "-c", "FILE", "--run", "2013-09", "--out", "TMP/x.html"], "run '2013-09' is not in the store"),
        (["report", "-c", "FILE", "--run", "2013-03", "--out", "TMP/no/x.html"], "there is no folder"),
        (["report", "-c", "FILE", "--run", "2013-03", "--out", "TMP"], "is a directory"),
    ],
)
@pytest.mark.usefixtures("fakes")
def test_a_usage_error_is_one_line_and_status_2(
    words: list[str], said: str, config: str, tmp_path: Path, capsys: Capture
) -> None:
    words = [word.replace("FILE", config).replace("TMP", str(tmp_path)) for word in words]
    assert cli.run(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert said in err


class TestIngest:
    SERVING = """\
  - name: serving
    tables:
      - {name: requests, source: {format: stageprint, path: "profiles/{run_id}"}}
      - {name: log, source: {format: parquet, path: "log/{run_id}"}}
"""

    @pytest.fixture
    def config(self, tmp_path: Path) -> str:
        path = tmp_path / "serving.yml"
        path.write_text(CONFIG + self.SERVING, encoding="utf-8")
        return str(path)

    def test_the_tables_of_the_format_are_profiled(self, fakes: Fakes, config: str) -> None:
        assert cli.run(["ingest", "--config", config, "--run", "a", "--run", "b", "--run", "a"]) == 0
        assert fakes.calls == [("profile", (["a", "b"], ("serving",), ("requests",)))]

    def test_a_folder_takes_the_place_of_the_sources(self, fakes: Fakes, config: str) -> None:
        words = ["ingest", "--config", config, "--run", "a", "--dir", "elsewhere", "--table", "log"]
        assert cli.run(words) == 0
        assert fakes.calls == [("profile", (["a"], ("serving",), ("log",)))]

    @pytest.mark.parametrize(
        ("words", "message"),
        [
            (["--stage", "raw"], "raw.orders has a csv source; expected one of format stageprint (what a"),
            (["--table", "log"], "serving.log has a parquet source"),
            (["--stage", "srving"], "no stage 'srving'"),
            (["--dir", "s3://bucket/x"], "directory: expected a local or mounted folder, got 's3://bucket/x'"),
            (["--dir", "x/{run}"], "directory: unknown placeholder {run} – did you mean 'run_id'?"),
        ],
    )
    def test_mistakes(self, words: list[str], message: str, fakes: Fakes, config: str, capsys: Capture) -> None:
        assert cli.run(["ingest", "--config", config, "--run", "a", *words]) == 2
        assert message in capsys.readouterr().err
        assert fakes.calls == []

    def test_a_run_must_be_named(self, config: str, capsys: Capture) -> None:
        assert cli.run(["ingest", "--config", config]) == 2
        assert "Missing option '--run'" in capsys.readouterr().err


class TestSkew:
    WORDS = ("skew", "--run", "2013-05", "--left", "raw", "--right", "joined")

    @pytest.fixture
    def compared(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
        calls: list[tuple[object, ...]] = []

        def compare_rows(
            config: PipelineConfig, run: str, left: str, right: str, *, tables: Sequence[str]
        ) -> list[TableSkew]:
            del config
            calls.append((run, left, right, tuple(tables)))
            keys = TableKey(left, "orders"), TableKey(right, "orders")
            return [TableSkew(*keys, ("id",), 2, 2, 2, 0, 0, 0, 0, (ColumnSkew("price", "int", "int", 2),))]

        fake = types.ModuleType("stageprint.engines.spark.skew")
        setattr(fake, "compare_rows", compare_rows)  # noqa: B010 -- mypy knows no attributes of a new module
        monkeypatch.setitem(sys.modules, fake.__name__, fake)
        return calls

    def test_the_result_is_shown(self, compared: list[tuple[object, ...]], config: str, capsys: Capture) -> None:
        assert cli.run([*self.WORDS, "--config", config, "--table", "orders"]) == 0
        assert compared == [("2013-05", "raw", "joined", ("orders",))]
        out = capsys.readouterr().out
        assert "raw.orders ↔ joined.orders by id" in out
        assert "1 column: all equal" in out

    def test_for_machines(self, compared: list[tuple[object, ...]], config: str, capsys: Capture) -> None:
        assert cli.run([*self.WORDS, "--config", config, "--format", "json"]) == 0
        assert len(compared) == 1
        assert json.loads(capsys.readouterr().out)[0]["columns"][0]["share"] == 0.0

    def test_mistakes_come_before_spark(self, compared: list[tuple[object, ...]], config: str, capsys: Capture) -> None:
        assert cli.run([*self.WORDS, "--config", config, "--run", "may"]) == 2
        assert "uses {run_date}" in capsys.readouterr().err
        assert cli.run([*self.WORDS, "--config", config, "--left", "row"]) == 2
        assert "no stage 'row'" in capsys.readouterr().err
        assert compared == []


class TestCompare:
    @pytest.mark.parametrize(
        ("severity", "words", "status"),
        [
            (None, [], 0),
            (Severity.CRITICAL, [], 1),
            (Severity.WARNING, [], 0),
            (Severity.WARNING, ["--fail-on", "warning"], 1),
            (Severity.REVIEW, ["--fail-on", "warning"], 0),
            (Severity.REVIEW, ["--fail-on", "review"], 1),
            (Severity.CRITICAL, ["--fail-on", "never"], 0),
        ],
    )
    def test_the_status_follows_fail_on(
        self, severity: Severity | None, words: list[str], status: int, fakes: Fakes, config: str
    ) -> None:
        fakes.found = CompareOutcome([_found(severity)] if severity else [], 9, 131, [], 1.0, "s")
        assert cli.run(["compare", "-c", config, "--run", "2013-03", *words]) == status

    def test_the_configuration_sets_the_default(self, fakes: Fakes, config: str) -> None:
        fakes.found = CompareOutcome([_found(Severity.WARNING)], 9, 131, [], 1.0, "s")
        Path(config).write_text(CONFIG + "decision: {fail_on: warning}\n", encoding="utf-8")
        assert cli.run(["compare", "-c", config, "--run", "2013-03"]) == 1
        Path(config).write_text(CONFIG + "decision: {fail_on: never}\n", encoding="utf-8")
        assert cli.run(["compare", "-c", config, "--run", "2013-03"]) == 0

    def test_a_failed_table_is_status_3_unless_there_is_a_finding(self, fakes: Fakes, config: str) -> None:
        fakes.found = CompareOutcome([], 9, 131, [_table("2013-03", "unreadable")], 1.0, "s")
        assert cli.run(["compare", "-c", config, "--run", "2013-03"]) == 3
        fakes.found = CompareOutcome([_found(Severity.CRITICAL)], 9, 131, [_table("2013-03", "unreadable")], 1.0, "s")
        assert cli.run(["compare", "-c", config, "--run", "2013-03"]) == 1

    @pytest.mark.parametrize("baseline", ["auto", "previous", "run:2013-01", "window:7", "stage:raw"])
    def test_baselines_are_handed_on(self, baseline: str, fakes: Fakes, config: str) -> None:
        assert cli.run(["compare", "-c", config, "--all-runs", "--baseline", baseline]) == 0
        assert fakes.calls == [("compare", (RUNS, baseline))]

    def test_findings_and_notes_are_printed(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        notes = ["run 2013-01 has no earlier run to compare with"]
        fakes.found = CompareOutcome([_found(Severity.CRITICAL)], 9, 131, [], 2.0, "./observability", notes)
        cli.run(["compare", "-c", config, "--run", "2013-03"])
        out = capsys.readouterr().out
        assert "CRITICAL  raw.orders.price  unit change (data)  run 2013-03, new in this run" in out
        assert "note: run 2013-01 has no earlier run to compare with" in out
        assert out.endswith("compared 131 columns in 2.0 s: 1 finding (1 critical)\n")


def _checked(status: Literal["pass", "fail", "not_computable"], severity: Severity = Severity.CRITICAL) -> CheckOutcome:
    key = ColumnKey("raw", "orders", "price")
    reason = "no values" if status == "not_computable" else None
    return CheckOutcome("2013-03", key, "not_null", status, severity, "no null", "5 nulls", reason)


class TestCheck:
    @pytest.fixture
    def config(self, tmp_path: Path) -> str:
        file = tmp_path / "shop.yml"
        file.write_text(CONFIG.replace('orders.csv"}}', 'orders.csv"}, checks: [not_null: price]}'), encoding="utf-8")
        return str(file)

    @pytest.mark.parametrize(
        ("severity", "words", "status"),
        [
            (Severity.CRITICAL, [], 1),
            (Severity.WARNING, [], 0),
            (Severity.WARNING, ["--fail-on", "warning"], 1),
            (Severity.CRITICAL, ["--fail-on", "never"], 0),
        ],
    )
    def test_the_status_follows_fail_on(
        self, severity: Severity, words: list[str], status: int, fakes: Fakes, config: str
    ) -> None:
        fakes.checked = CheckRunsOutcome([_checked("pass"), _checked("fail", severity)], [], 1.0, "s")
        assert cli.run(["check", "-c", config, "--run", "2013-03", *words]) == status

    def test_what_cannot_be_computed_has_not_failed(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        fakes.checked = CheckRunsOutcome([_checked("not_computable")], [_table("2013-03", "gone")], 1.0, "s")
        assert cli.run(["check", "-c", config, "--run", "2013-03"]) == 3
        out = capsys.readouterr().out
        assert "not computable: 2013-03 raw.orders.price: not_null is not computable: no values." in out
        assert out.endswith("1 check (1 not computable) in 1.0 s; 1 table failed\n")

    def test_a_failure_says_where_what_and_in_which_run(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        fakes.checked = CheckRunsOutcome([_checked("pass"), _checked("fail")], [], 2.0, "s")
        cli.run(["check", "-c", config, "--run", "2013-03"])
        out = capsys.readouterr().out
        assert "CRITICAL  raw.orders.price  check not_null failed  run 2013-03\n" in out
        assert "          expected no null, found 5 nulls\n" in out
        assert out.endswith("2 checks (1 failed, 1 passed) in 2.0 s\n")

    def test_options_are_handed_on(self, fakes: Fakes, config: str) -> None:
        assert cli.run(["check", "-c", config, "--all-runs", "--stage", "raw", "--table", "orders"]) == 0
        assert fakes.calls == [("check", (RUNS, ("raw",), ("orders",)))]

    def test_json_has_exactly_the_keys_of_the_interface(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        fakes.checked = CheckRunsOutcome([_checked("fail")], [], 2.0, "s")
        assert cli.run(["check", "-c", config, "--run", "2013-03", "--format", "json"]) == 1
        (row,) = json.loads(capsys.readouterr().out)
        assert tuple(row) == CHECK_KEYS
        assert row["message"] == "raw.orders.price fails not_null: expected no null, found 5 nulls."

    def test_without_a_check_there_is_nothing_to_do(self, config: str, capsys: Capture) -> None:
        assert cli.run(["check", "-c", config, "--run", "2013-03", "--stage", "joined"]) == 2
        assert "no check is declared for joined.orders; `stageprint suggest` proposes some" in capsys.readouterr().err

    def test_compare_counts_failed_checks(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        fakes.found = CompareOutcome([], 12, 131, [], 2.0, "s", checks=[_checked("fail"), _checked("pass")])
        assert cli.run(["compare", "-c", config, "--run", "2013-03"]) == 1
        out = capsys.readouterr().out
        assert "check not_null failed" in out
        assert out.endswith("compared 131 columns in 2.0 s: no findings; 2 checks (1 failed, 1 passed)\n")

    def test_findings_show_them_beside_and_json_does_not(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        row = check_row(_checked("fail"))
        fakes.store.check_results = [row, row | {"run_id": "2013-02", "observed": "3 nulls"}, row | {"status": "pass"}]
        assert cli.run(["findings", "-c", config]) == 0
        out = capsys.readouterr().out
        assert "check not_null failed  2 runs: 2013-02, 2013-03\n" in out
        assert "found 5 nulls (run 2013-03)\n" in out
        assert out.endswith("1 finding (1 critical); 3 checks (2 failed, 1 passed)\n")
        assert cli.run(["findings", "-c", config, "--format", "json"]) == 0
        assert [row["cause"] for row in json.loads(capsys.readouterr().out)] == ["unit_change"]

    def test_checks_without_findings(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        fakes.store.finding_rows = []
        fakes.store.check_results = [check_row(_checked("pass"))]
        assert cli.run(["findings", "-c", config, "--run", "2013-03"]) == 0
        out = capsys.readouterr().out
        assert "1 check (1 passed)\n" in out
        assert "no findings for run 2013-03" in out


class TestSuggest:
    def test_tables_are_documents_of_their_own(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        assert cli.run(["suggest", "-c", config, "--stage", "raw", "--runs", "5"]) == 0
        assert fakes.calls == [("suggest", (("raw",), (), 5))]
        assert capsys.readouterr().out == "checks:\n  - a\n---\nchecks:\n  - b\n"

    @pytest.mark.usefixtures("fakes")
    def test_a_wrong_name_gets_a_hint(self, config: str, capsys: Capture) -> None:
        assert cli.run(["suggest", "-c", config, "--table", "order"]) == 2
        assert "did you mean 'orders'" in capsys.readouterr().err


class TestFindings:
    def test_they_come_worst_first(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        fakes.store.finding_rows = [finding("review"), finding("critical", "2013-02"), finding("warning")]
        assert cli.run(["findings", "-c", config]) == 0
        out = capsys.readouterr().out
        assert out.index("CRITICAL") < out.index("WARNING") < out.index("REVIEW")
        assert out.startswith("shop · runs 2013-01, 2013-02, 2013-03 · store ./observability\n")
        assert out.endswith("3 findings (1 critical, 1 warning, 1 review)\n")

    def test_each_says_all_that_is_needed(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        fakes.store.finding_rows = [finding(alternatives=["scale_change"])]
        cli.run(["findings", "-c", config, "--run", "2013-03"])
        assert capsys.readouterr().out.splitlines()[1:5] == [
            "CRITICAL  raw.orders.price  unit change (data)  run 2013-03, since 2013-02",
            "          raw.orders.price is a hundred times what it was.",
            "          explains 1 other shift: joined.orders.price",
            "          could also be: scale change",
        ]

    def test_json_is_only_json_with_exactly_the_keys_of_the_interface(
        self, fakes: Fakes, config: str, capsys: Capture
    ) -> None:
        fakes.store.finding_rows = [finding(baseline="auto", evidence={"factor": float("nan")}, column=None)]
        assert cli.run(["findings", "-c", config, "--format", "json"]) == 0
        rows = json.loads(capsys.readouterr().out)
        assert [list(row) for row in rows] == [list(FINDING_KEYS)]
        assert rows[0]["evidence"] == {"factor": None}
        assert rows[0]["column"] is None

    def test_json_of_several_runs(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        fakes.store.finding_rows = [
            finding("warning", "2013-02"),
            finding("critical", "2013-03"),
            finding("review", "2013-01"),
        ]
        cli.run(["findings", "-c", config, "--run", "2013-02", "--run", "2013-03", "--format", "json"])
        assert [row["severity"] for row in json.loads(capsys.readouterr().out)] == ["critical", "warning"]

    def test_none_in_json_is_an_empty_list(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        fakes.store.finding_rows = []
        assert cli.run(["findings", "-c", config, "--format", "json"]) == 0
        assert json.loads(capsys.readouterr().out) == []

    @pytest.mark.parametrize(
        ("words", "change", "said"),
        [
            (["--run", "2013-03"], None, "no findings for run 2013-03 (compared 131 columns with 2 earlier runs)"),
            (["--run", "2013-02"], None, "no findings for run 2013-02 (compared 131 columns with 1 earlier run)"),
            (["--run", "2013-03"], "previous", "no findings for run 2013-03 (compared 131 columns against previous)"),
            ([], None, "no findings for 3 runs (compared 393 columns)"),
            (["--run", "2013-03"], "", "run 2013-03 has not been compared yet: stageprint compare --config"),
            ([], "", "2 runs (2013-02, 2013-03) have not been compared yet: stageprint compare --config"),
        ],
    )
    def test_none_is_said_plainly(
        self, words: list[str], change: str | None, said: str, fakes: Fakes, config: str, capsys: Capture
    ) -> None:
        fakes.store.finding_rows = []
        if change == "":
            fakes.store.compared_rows = {"2013-01": {"columns": 4, "baseline": "auto"}}
        elif change is not None:
            fakes.store.compared_rows["2013-03"]["baseline"] = change
        assert cli.run(["findings", "-c", config, *words]) == 0
        assert said in capsys.readouterr().out

    def test_an_empty_store_says_what_comes_first(self, fakes: Fakes, config: str, capsys: Capture) -> None:
        fakes.store.run_rows = []
        assert cli.run(["findings", "-c", config]) == 2
        assert capsys.readouterr().err == (
            "store ./observability holds no run of pipeline 'shop' yet: `stageprint profile` comes first\n"
        )


@pytest.mark.usefixtures("fakes")
class TestHistory:
    words = ("history", "--stage", "raw", "--table", "orders", "--column", "price")

    def test_a_line_a_run(self, config: str, capsys: Capture) -> None:
        assert cli.run([*self.words, "-c", config]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "shop · raw.orders.price, 3 runs · store ./observability"
        assert lines[1].split() == ["run", "rows", "nulls", "mean", "flagged"]
        assert lines[3].split() == ["2013-01", "28,796", "1.2", "%", "3.5"]

    def test_json_is_the_rows(self, config: str, capsys: Capture) -> None:
        assert cli.run([*self.words, "-c", config, "--format", "json"]) == 0
        rows = json.loads(capsys.readouterr().out)
        assert [row["run_id"] for row in rows] == RUNS
        assert rows[0]["null_share"] == 0.0125


@pytest.mark.usefixtures("fakes")
class TestReport:
    def test_one_file_is_written_and_named(self, config: str, tmp_path: Path, capsys: Capture) -> None:
        out = tmp_path / "x.html"
        out.write_text("old", encoding="utf-8")
        assert cli.run(["report", "-c", config, "--run", "2013-03", "--out", str(out)]) == 0
        assert capsys.readouterr().out == f"{out}\n"
        assert "a hundred times what it was" in out.read_text(encoding="utf-8")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["shop.yml", "x.html"]


class TestErrors:
    @pytest.mark.parametrize(
        ("error", "status", "said"),
        [
            (StoreError("the store is of a newer version"), 2, "the store is of a newer version\n"),
            (SourceError("nothing can be read"), 3, "nothing can be read\n"),
            (
                ValueError("first line\nsecond line"),
                70,
                "stageprint: unexpected error: ValueError: first line (STAGEPRINT_DEBUG=1 shows the traceback)\n",
            ),
            (
                RuntimeError(
                    "[PYTHON_EXCEPTION] From the worker: Traceback (most recent call last):\n  File x, line 84\n"
                    "    raise X(m)\nstageprint.errors.StateError: damaged state\n SQLSTATE: 38000\n\tat a.B(C:1)"
                ),
                70,
                "stageprint: unexpected error: stageprint.errors.StateError: damaged state (STAGEPRINT_DEBUG=1 shows",
            ),
            (ZeroDivisionError(), 70, "stageprint: unexpected error: ZeroDivisionError (STAGEPRINT_DEBUG=1 shows"),
            (KeyboardInterrupt(), 130, ""),
        ],
    )
    @pytest.mark.parametrize("command", ["profile", "compare"])
    def test_each_has_its_status_and_one_line(
        self, error: BaseException, status: int, said: str, command: str, fakes: Fakes, config: str, capsys: Capture
    ) -> None:
        fakes.error = error
        assert cli.run([command, "-c", config, "--run", "2013-03"]) == status
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith(said)
        assert err.count("\n") == (1 if said else 0)

    @pytest.mark.parametrize("error", [StoreError("no"), ValueError("no")])
    def test_the_traceback_is_there_for_who_asks(
        self, error: Exception, fakes: Fakes, config: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("STAGEPRINT_DEBUG", "1")
        fakes.error = error
        cli.run(["findings", "-c", config])
        assert "Traceback (most recent call last)" in capsys.readouterr().err

    def test_several_problems_of_a_configuration_are_a_line_each(self, tmp_path: Path, capsys: Capture) -> None:
        (tmp_path / "bad.yml").write_text("pipline: a\nstages: []\n", encoding="utf-8")
        assert cli.run(["findings", "-c", str(tmp_path / "bad.yml")]) == 2
        assert len(capsys.readouterr().err.splitlines()) == 3

    def test_without_words_the_help_is_shown_and_it_is_a_usage_error(self, capsys: Capture) -> None:
        assert cli.run([]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.startswith("Usage: stageprint")


class TestMain:
    def test_success_returns(self, capsys: Capture) -> None:
        assert cli.main(["--help"]) == 0
        out = capsys.readouterr().out
        positions = [
            out.index(f"  {name} ") for name in ("profile", "ingest", "compare", "findings", "report", "history")
        ]
        assert positions == sorted(positions)

    def test_anything_else_exits_with_its_status(self) -> None:
        with pytest.raises(SystemExit) as caught:
            cli.main(["nothing"])
        assert caught.value.code == 2

    def test_the_version(self, capsys: Capture) -> None:
        assert cli.main(["--version"]) == 0
        assert capsys.readouterr().out.startswith("stageprint, version ")

    def test_the_version_of_a_source_tree(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def missing(name: str) -> str:
            raise metadata.PackageNotFoundError(name)

        monkeypatch.setattr(metadata, "version", missing)
        assert cli._version() == "(not installed)"


def _python(
    code: str, *, stdout: int | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- our own interpreter and code
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE if stdout is None else stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env=os.environ | (env or {}),
        cwd=Path(__file__).parents[2],
    )


def test_help_and_configuration_errors_come_without_pyspark() -> None:
    code = """
import sys
sys.modules["pyspark"] = None  # importing it is an error
from stageprint import cli
assert cli.run(["--help"]) == 0
assert cli.run(["profile", "-c", "missing.yml", "--run", "x"]) == 2
"""
    done = _python(code)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("missing.yml: no such configuration file")


@pytest.mark.parametrize("sent", ["sys.stdout.write(text)", "make_console().print(text)"])
def test_a_reader_that_leaves_ends_it_quietly(sent: str) -> None:
    code = f"""
import sys, types
from stageprint import cli
from stageprint.report.terminal.console import make_console
text = "x" * 100_000
@cli.app.command()
def shout():
    {sent}
cli.main(["shout"])
"""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = _python(code, stdout=writer)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_it_runs_as_a_module_and_on_a_terminal_that_cannot_show_every_character() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stageprint.cli", "findings", "--config", "Ωmissing.yml"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        cwd=Path(__file__).parents[2],
    )
    assert done.returncode == 2
    assert done.stderr == "?missing.yml: no such configuration file\n"
