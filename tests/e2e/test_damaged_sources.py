"""Damaged sources, all in one run beside eleven healthy tables: each fails with one line that names file and reason.

The same sources are profiled a second time, with their sensitive columns declared: nothing shows or stores a value.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from stageprint.cli import run as stageprint
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.spark.store import SparkStore
from tests.support import damage
from tests.support.damage import DAMAGED, Damage
from tests.support.planted_faults import PLAIN, Search, declared
from tests.support.reliability import Seen, keep, keep_searched, normalised

pytestmark = pytest.mark.faults

RUN = "2026-03-02"
MAX_FAILURES_SHOWN = 20
HEALTHY = [f"healthy_{number:02}" for number in range(11)]
CHECKS = [{"not_null": ["person", "salary"]}, {"accepted_values": {"column": "person", "values": ["a"]}}]
FAILING = [one for one in DAMAGED if one.reason is not None]


@dataclass
class Place:
    """A pipeline with damaged sources, what its commands said, and how they exited."""

    root: Path
    spark: SparkSession
    statuses: dict[str, int]
    errors: dict[str, str]
    said: dict[str, str]
    search: Search = field(default_factory=Search)
    failed_with_people: set[str] = field(default_factory=set)

    @property
    def store(self) -> SparkStore:
        return SparkStore(self.spark, str(self.root / PLAIN), "shop")

    def table_rows(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = CommittedStore(self.store).read(TABLE_PROFILES).to_pylist()
        return rows


def _folder(root: Path, name: str) -> Path:
    found = root / "sources" / name
    found.mkdir(parents=True)
    return found


def _write(root: Path) -> None:
    tables = []
    for one in DAMAGED:
        folder = _folder(root, one.name)
        one.make(folder)
        tables.append({"name": one.name, "source": one.source(folder)})
    for name in HEALTHY:
        folder = _folder(root, name)
        damage.parquet(folder)
        tables.append({"name": name, "source": {"format": "parquet", "path": str(folder / "data")}})
    stages = [{"name": "raw", "tables": tables}]
    plain = yaml.safe_dump({"pipeline": "shop", "store": str(root / PLAIN), "stages": stages})
    (root / "shop.yml").write_text(plain)
    (root / "people.yml").write_text(declared(plain, root / "store", CHECKS))


def _mend(root: Path) -> None:
    """Write every damaged table anew, in a folder of its own, and point the configuration to it."""
    config = root / "shop.yml"
    text = yaml.safe_load(config.read_text())
    tables = {table["name"]: table for table in text["stages"][0]["tables"]}
    for one in DAMAGED:
        folder = root / "mended" / one.name
        folder.mkdir(parents=True)
        damage.healthy(one, folder)
        source = one.source(folder)
        options = {name: value for name, value in one.options.items() if name not in {"versionAsOf", "encoding"}}
        tables[one.name]["source"] = {"format": source["format"], "path": source["path"], "options": options}
    config.write_text(yaml.safe_dump(text))
    (root / "people.yml").write_text(declared(config.read_text(), root / "store", CHECKS))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Place:
    root = tmp_path_factory.mktemp("damaged")
    _write(root)
    found = Place(root, spark, {}, {}, {})
    config = str(root / "shop.yml")
    for command in ("profile", "compare", "findings"):
        how = ["--engine", "spark"] if command == "profile" else []
        found.statuses[command], found.said[command] = _said(command, "--config", config, "--run", RUN, *how)
    found.errors = {row["table_name"]: row["error"] for row in found.table_rows() if row["status"] == "failed"}
    _search(found)
    return found


def _search(place: Place) -> None:
    """Do the same with the sensitive columns declared, and search all that is shown and stored."""
    config, report = str(place.root / "people.yml"), place.root / "people.html"
    for words in (
        ["profile", "--run", RUN, "--engine", "spark"],
        *(["compare", "--run", RUN], ["check", "--run", RUN], ["findings", "--run", RUN]),
        *(["findings", "--run", RUN, "--format", "json"], ["runs", "list", "--format", "json"]),
        ["report", "--run", RUN, "--out", str(report)],
    ):
        status, text = _said(*words, "--config", config)
        assert status in {0, 1, 3, 4}, text
        place.search.text(" ".join(words), text)
    place.search.text("report", report.read_bytes())
    place.search.store(place.root / "store")
    store = CommittedStore(SparkStore(place.spark, str(place.root / "store"), "shop"))
    rows = store.read(TABLE_PROFILES).to_pylist()
    place.failed_with_people = {row["table_name"] for row in rows if row["status"] == "failed"}


def _said(*words: str) -> tuple[int, str]:
    """Return how a command exits, and what it writes."""
    with pytest.MonkeyPatch.context() as patch:
        out, err = Capture(), Capture()
        patch.setattr("sys.stdout", out)
        patch.setattr("sys.stderr", err)
        return stageprint(words), out.text + err.text


class Capture:
    """A stream that keeps its text; `capsys` is there for single tests only."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text += text
        return len(text)

    def flush(self) -> None:
        """Do nothing."""

    def isatty(self) -> bool:
        return False


@pytest.mark.parametrize("one", FAILING, ids=lambda one: one.name)
def test_a_damaged_table_fails_with_a_line_that_says_where_why_and_what_to_do(place: Place, one: Damage) -> None:
    error = place.errors[one.name]
    assert one.reason is not None
    assert one.file in error
    assert one.reason in error
    assert ("; " in error) or one.name in {"csv_encoding", "no_folder", "below_a_file"}  # these say what was expected
    assert "\n" not in error
    assert "Exception" not in error
    assert "An error occurred" not in error
    assert f"raw.{one.name}" in place.said["profile"]


def test_the_other_tables_are_whole(place: Place) -> None:
    rows = {row["table_name"]: row for row in place.table_rows()}
    for name in HEALTHY:
        assert rows[name]["status"] == "ok"
        assert rows[name]["row_count"] == damage.FILES * damage.ROWS_PER_FILE
    assert set(place.errors) == {one.name for one in FAILING}


def test_no_command_ends_with_an_unexpected_error(place: Place) -> None:
    assert place.statuses["profile"] == 3
    assert place.statuses["compare"] in {1, 3}
    assert all("Traceback" not in text for text in place.said.values())


def test_the_comparison_says_which_tables_failed(place: Place) -> None:
    said = place.said["compare"]
    assert f"{len(FAILING)} tables failed" in said
    named = [one.name for one in FAILING if f"failed: {RUN} raw.{one.name} " in said]
    # A terminal shows the first of many; the last line says where the others are.
    assert len(named) == min(len(FAILING), MAX_FAILURES_SHOWN)
    assert not any(f"failed: {RUN} raw.{name}" in said for name in HEALTHY)
    for name in named:
        assert place.errors[name] in said


def test_no_damage_shows_or_stores_a_sensitive_value(place: Place) -> None:
    assert place.failed_with_people == {one.name for one in FAILING}
    keep_searched("damaged sources", len(DAMAGED), place.search)


@pytest.mark.slow
def test_the_mended_run_is_whole_and_nothing_is_there_twice(place: Place, capsys: pytest.CaptureFixture[str]) -> None:
    _mend(place.root)
    for name in ("shop", "people"):
        file = str(place.root / f"{name}.yml")
        assert stageprint(["profile", "--config", file, "--run", RUN, "--engine", "spark"]) == 0, (
            capsys.readouterr().out
        )
    names = [*(one.name for one in DAMAGED), *HEALTHY]
    tables = Counter(row["table_name"] for row in place.table_rows())
    columns = Counter(CommittedStore(place.store).read(column_profiles()).column("table_name").to_pylist())
    statuses = ", ".join(f"`{name}` exits with {status}" for name, status in place.statuses.items())
    seen = []
    for one in DAMAGED:
        # One row for the table, and one for each column.
        rows, expected = tables[one.name] + columns[one.name], 1 + damage.rows().num_columns
        error = place.errors.get(one.name)
        seen.append(
            Seen(
                one.fault,
                1,
                max(0, expected - rows),
                max(0, rows - expected),
                statuses,
                normalised(error, place.root) if error else "none: the other files are profiled",
            )
        )
    assert set(tables) == set(names)
    assert set(tables.values()) == {1}
    keep("sources", seen)
