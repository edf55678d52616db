"""No command shows a value of a sensitive column, in any format; a new command is run here or has its reason.

Sources are Arrow tables; what reads the store is the command line itself.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import pytest

import stageprint.api
from stageprint import cli
from stageprint.cli import wiring
from stageprint.cli.command import Group
from stageprint.cli.program import app
from stageprint.pipeline.merge import merge
from stageprint.pipeline.profile import profile
from stageprint.ports import EngineVersions
from stageprint.stores.delta.store import DeltaStore
from tests.support import planted
from tests.support.memory_engine import MemoryEngine
from tests.support.planted_pipeline import BROKEN, FAILING, GOOD, SECRET, FailingSql, Planted

RUNS = (*GOOD, BROKEN, FAILING)
OF_ROWS = {
    "skew": "reads rows with Spark",
    "ingest": "reads windows, not rows; tests/serving/test_sensitive.py looks into them",
    "views": "holds names only",
    "scan": "takes no configuration, which is what says that a column is sensitive",
    "init": "writes counts and names; tests/unit/test_onboarding.py looks for values",
}
"""Commands that are run elsewhere, and why."""

COLUMN = ["--stage", "raw", "--table", "people", "--column"]
WORDS: Mapping[str, list[list[str]]] = {
    "profile": [["--all-runs"]],
    "compare": [["--all-runs"], ["--run", BROKEN, "--format", "junit"]],
    "check": [["--all-runs"]],
    "findings": [["--run", run, *words] for run in RUNS for words in ([], ["--format", "junit"])],
    "incidents list": [[]],
    "incidents ack": [["INCIDENT", "--why", "looking"]],
    "incidents resolve": [["INCIDENT", "--why", "reloaded"]],
    "history": [[*COLUMN, name] for name in ("text", "long", "timestamp", "plain", "nobody")],
    "tables": [[]],
    "lineage": [[]],
    "show": [*(["people", "--run", run] for run in (GOOD[0], BROKEN)), ["FINDING"]],
    "diff": [[GOOD[0], BROKEN], [GOOD[0], FAILING]],
    "merge": [["--run", GOOD[0], "--run", GOOD[1], "--into", "2026-03-07"]],
    "notify": [["--run", run] for run in (BROKEN, FAILING)] + [["--run", BROKEN, "--dry-run"]],
    "report": [*(["--run", run, "--out", "OUT"] for run in RUNS), ["--all-runs", "--folder", "FOLDER"]],
    "runs list": [[]],
    "runs mark": [[FAILING, "--bad", "test data"]],
    "runs delete": [[FAILING, "--dry-run"]],
    "status": [[], ["--expect-by", "06:00", "--run", BROKEN]],
    "suggest": [[]],
    "accept": [["FINDING"]],
    "incidents accept": [["FINDING", "--why", "meant so"]],
    "validate": [["--no-spark"]],
    "doctor": [[]],
    "maintain": [["--dry-run"]],
    "purge": [["--column", "raw.people.digits", "--yes"]],
}
"""Command → the words of each call, in this order: the later ones remove what the earlier ones show."""


def commands(group: Group = app, before: str = "") -> dict[str, click.Command]:
    """Return every command by its name."""
    found: dict[str, click.Command] = {}
    for name in group.names:
        command = group.get_command(click.Context(group), name)
        assert command is not None
        found |= commands(command, f"{name} ") if isinstance(command, Group) else {f"{before}{name}": command}
    return found


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEPRINT_HASH_KEY", SECRET)


def test_every_command_is_run() -> None:
    assert set(commands()) == {*WORDS, *OF_ROWS}


@pytest.fixture
def arrow_sources(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, tmp_path: Path) -> Planted:
    """Return a pipeline whose tables are in memory, with everything behind the command line in its place."""
    found = Planted(11, request.param, "digits", "long", tmp_path / "store")
    (tmp_path / "people.yml").write_text(found.yaml, "utf-8")
    store = DeltaStore(str(tmp_path / "store"), "people")

    def profiled(config: Any, runs: Any, **more: Any) -> Any:
        more.pop("engine", None)
        return profile(config, runs, engine=MemoryEngine(found.rows, batch_rows=7), store=store, **more)

    def merged(config: Any, runs: Any, into: str, **more: Any) -> Any:
        return merge(config, runs, into, store=store, versions=EngineVersions(None, None, "UTC"), **more)

    monkeypatch.setattr(wiring, "list_runs", lambda *_: sorted(found.rows))
    monkeypatch.setattr(wiring, "profile_runs", profiled)
    monkeypatch.setattr(wiring, "merge_runs", merged)
    sql = FailingSql(found.rows)
    monkeypatch.setattr(stageprint.api, "open_sql", lambda config, session: sql)  # noqa: ARG005 -- as the API's
    return found


def run_all(root: Path, capfd: pytest.CaptureFixture[str]) -> dict[str, bytes]:
    """Run every command in every format, and return what it wrote."""
    shown, finding, incident = {}, "", ""
    for name, calls in WORDS.items():
        formats = [[]] if not _has_format(name) else [["--format", "table"], ["--format", "json"]]
        for words in (call + form for call in calls for form in formats):
            known = {
                "OUT": str(root / "report.html"),
                "FOLDER": str(root / "reports"),
                "FINDING": finding,
                "INCIDENT": incident,
            }
            given = [known.get(word, word) for word in words]
            arguments = [*name.split(), *given, "--config", str(root / "people.yml")]
            status = cli.run(arguments)
            written = capfd.readouterr()
            assert status != 70, (arguments, written.err)
            shown[" ".join(arguments)] = (written.out + written.err).encode()
            if name == "findings" and "json" in words and (found := json.loads(written.out or "[]")):
                finding = found[0]["finding_id"]
            if name == "incidents list" and "json" in words:
                incident = next(one["incident_id"] for one in json.loads(written.out) if one["status"] != "resolved")
            if name == "report":
                files = sorted((root / "reports").glob("*.html")) if "FOLDER" in words else [root / "report.html"]
                shown[f"{arguments} file"] = b"".join(file.read_bytes() for file in files)
    assert finding
    return shown


def _has_format(name: str) -> bool:
    return any(option.name == "output" for option in commands()[name].params)


@pytest.mark.parametrize("arrow_sources", ["off", "shared"], indirect=True)
def test_no_command_shows_or_stores_a_planted_value(
    arrow_sources: Planted, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    shown = run_all(tmp_path, capfd) | planted.stored_bytes(tmp_path / "store")
    assert not planted.hits(arrow_sources.values, shown)
    assert SECRET.encode() not in b"".join(shown.values())
    assert re.search(rb"sensitive", b"".join(shown.values()))


@pytest.mark.parametrize("arrow_sources", ["none"], indirect=True)
def test_the_search_finds_values_of_columns_that_are_not_sensitive(
    arrow_sources: Planted, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = "\n".join(planted.hits(arrow_sources.values, run_all(tmp_path, capfd)))
    for command in ("compare", "check", "history", "report"):
        assert f" in {command} " in found or f"['{command}'" in found, command
