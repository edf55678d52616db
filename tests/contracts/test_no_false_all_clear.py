"""No surface says "no findings" of what was not looked at: each situation is caused, and each surface is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stageprint import cli
from stageprint.config.loader import load_config
from stageprint.errors import StoreError
from stageprint.model.result_tables import FINDINGS, SHIFTS, TABLE_PROFILES, ResultTable
from stageprint.model.where import Where
from stageprint.pipeline.compare import compare
from stageprint.pipeline.profile import profile
from stageprint.ports import RowSource
from stageprint.stores.delta.store import DeltaStore
from tests.support import shop
from tests.support.memory_engine import MemoryEngine

RUNS = shop.days(4)
LAST = RUNS[-1]
GOOD = shop.tables(RUNS)
FAULTY = shop.tables(RUNS, {(LAST, "raw"): shop.in_cents})


@dataclass(frozen=True)
class StoppedDeltaStore(DeltaStore):
    """A store whose process is stopped before the first write of a table.

    Attributes:
        stopped_before: The table.
    """

    stopped_before: str = ""

    def append(self, table: ResultTable, rows: pa.Table | RowSource, which: Where) -> None:
        if table.name == self.stopped_before:
            message = "stopped"
            raise StoreError(message)
        super().append(table, rows, which)


class Shop:
    """The pipeline in a folder, three healthy days of which are profiled and compared."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.file = root / "shop.yml"
        text = shop.checked_yaml(root)
        self.file.write_text(f"{text}notify:\n  - {{sink: log, severity: review}}\n", "utf-8")
        self.config = load_config(str(self.file))
        self.profile(GOOD, RUNS[:-1])
        self.compare(RUNS[:-1])

    def profile(
        self, tables: Any, runs: Sequence[str] = (LAST,), *, stages: Sequence[str] = (), stopped_before: str = ""
    ) -> None:
        store = StoppedDeltaStore(self.config.store, "shop", stopped_before=stopped_before)
        profile(self.config, runs, engine=MemoryEngine(tables), store=store, stages=stages)

    def compare(self, runs: Sequence[str] = (LAST,), *, stopped_before: str = "") -> None:
        compare(self.config, runs, store=StoppedDeltaStore(self.config.store, "shop", stopped_before=stopped_before))


def comparison_stopped(place: Shop) -> None:
    """`shifts` of a faulty run are written, and no findings."""
    place.profile(FAULTY)
    with pytest.raises(StoreError, match="stopped"):
        place.compare(stopped_before=FINDINGS.name)
    assert DeltaStore(place.config.store, "shop").read(SHIFTS)["run_id"].to_pylist().count(LAST) > 0


def never_compared(place: Shop) -> None:
    place.profile(FAULTY)


def profiled_again(place: Shop) -> None:
    """The comparison is of healthy data, the profile of faulty ones."""
    place.profile(GOOD)
    place.compare()
    place.profile(FAULTY)


def profile_stopped(place: Shop) -> None:
    """The columns are of the new data, the tables' rows of the old."""
    place.profile(GOOD)
    place.compare()
    with pytest.raises(StoreError, match="stopped"):
        place.profile(FAULTY, stopped_before=TABLE_PROFILES.name)


SITUATIONS: dict[Callable[[Shop], None], tuple[str, str, str]] = {
    comparison_stopped: ("is being compared, or its comparison was stopped", "comparison interrupted", "compare"),
    never_compared: ("has not been compared yet", "not compared", "compare"),
    profiled_again: ("was profiled again after it was compared", "stale", "compare"),
    profile_stopped: ("is being profiled, or its profiling was stopped", "profile interrupted", "profile"),
}


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.__name__)
def test_every_surface_says_that_nothing_can_be_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], situation: Callable[[Shop], None]
) -> None:
    place = Shop(tmp_path)
    situation(place)
    said, state, remedy = SITUATIONS[situation]

    def ask(command: str, *words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = cli.run([*command.split(), "--config", str(place.file), *words])
        shown = capsys.readouterr()
        assert "no findings" not in (shown.out + shown.err).lower().replace(f"no findings for run {RUNS[0]}", "")
        return status, shown.out, shown.err

    status, out, _ = ask("findings", "--run", LAST)
    assert (status, said in " ".join(out.split()), f"stageprint {remedy}" in out) == (4, True, True), out
    status, out, err = ask("findings", "--run", LAST, "--format", "json")
    assert (status, json.loads(out), said in err) == (4, [], True), err
    status, out, _ = ask("status")
    assert status == 4
    assert "UNKNOWN  nothing can be said" in out
    assert f"findings  –, {state}" in out
    status, out, _ = ask("status", "--format", "json")
    (row,) = json.loads(out)
    assert (status, row["verdict"], row["findings"], row["failed_checks"]) == (4, "unknown", None, None)
    status, out, _ = ask("runs list", "--format", "json")
    assert [row["state"] for row in json.loads(out)] == ["current", "current", "current", state]
    status, out, err = ask("notify", "--run", LAST)
    assert (status, out) == (2, "")
    assert f"{said}: `stageprint {remedy}` first" in err
    page = tmp_path / "report.html"
    assert ask("report", "--run", LAST, "--out", str(page))[0] == 0
    text = page.read_text("utf-8")
    assert f"Nothing can be said of this run: it {said}" in text
    assert "No findings" not in text


def stage_never_profiled(place: Shop) -> None:
    place.profile(GOOD, stages=["raw"])


def source_missing(place: Shop) -> None:
    place.profile({LAST: {"raw.orders": GOOD[LAST]["raw.orders"]}})


@pytest.mark.parametrize("situation", [stage_never_profiled, source_missing], ids=lambda one: one.__name__)
def test_what_is_missing_comes_before_anything_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], situation: Callable[[Shop], None]
) -> None:
    place = Shop(tmp_path)
    situation(place)
    words = ["--config", str(place.file), "--run", LAST]
    assert cli.run(["compare", *words]) == 1
    shown = capsys.readouterr()
    assert "1 of 2 tables is missing: features.order_features" in " ".join(shown.out.split())
    assert cli.run(["findings", *words]) == 4
    out = " ".join(capsys.readouterr().out.split())
    assert out.index("1 of 2 tables is missing: features.order_features") < out.index("CRITICAL")
    assert "no findings" not in out.lower()
    assert cli.run(["findings", *words, "--format", "json"]) == 4
    (finding,) = json.loads(capsys.readouterr().out)
    assert (finding["severity"], finding["stage"]) == ("critical", "features")
    assert finding["cause"] in {"stage_missing", "table_unreadable"}
    # Its declared checks are lost with it, and are no pass.
    assert cli.run(["check", *words]) == 3
    assert "features.order_features" in capsys.readouterr().out
    page = tmp_path / "report.html"
    assert cli.run(["report", *words, "--out", str(page)]) == 0
    text = page.read_text("utf-8")
    assert "1 of 2 tables is missing: features.order_features" in text
    assert "No findings" not in text


def test_a_profile_that_failed_leaves_the_good_one_and_is_said_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Shop(tmp_path)
    place.profile(FAULTY)
    place.compare()
    words = ["findings", "--config", str(place.file), "--run", LAST, "--format", "json"]
    assert cli.run(words) == 0
    before = json.loads(capsys.readouterr().out)
    assert [(row["severity"], row["stage"]) for row in before] == [("critical", "raw")]
    place.profile({LAST: {}})
    assert cli.run(words) == 3
    shown = capsys.readouterr()
    assert json.loads(shown.out) == before
    assert "could not be profiled again" in shown.err
    rows = DeltaStore(place.config.store, "shop").read(TABLE_PROFILES).to_pylist()
    of_last = sorted((row["table_name"], row["status"]) for row in rows if row["run_id"] == LAST)
    assert of_last == [(name, status) for name in ("order_features", "orders") for status in ("failed", "ok")]


def test_a_run_in_which_everything_is_learning_says_so_on_every_surface(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = Shop(tmp_path)
    config = ["--config", str(place.file)]

    def ask(*words: str) -> tuple[int, str]:
        capsys.readouterr()
        return cli.run([*words, *config]), " ".join(capsys.readouterr().out.split())

    for number, run in enumerate(RUNS[:-1]):
        said = f"11 of 11 columns are still learning ({3 - number} more run{'s' if number < 2 else ''})"
        page = tmp_path / "report.html"
        for words in (["compare"], ["findings"], ["status"], ["report", "--out", str(page)]):
            _, out = ask(*words, "--run", run)
            text = page.read_text("utf-8") if "report" in words else out
            assert said in text, (words, run)
            assert "no findings" not in text.lower(), (words, run)
        status, out = ask("status", "--run", run)
        assert (status, "UNKNOWN nothing can be said" in out) == (4, True)
        _, out = ask("runs", "list", "--format", "json")
        learning = json.loads(out)[number]["learning"]
        assert (learning["judged"], learning["sentence"]) == (0, said)
    place.profile(GOOD)
    place.compare()
    for words in (["findings", "--run", LAST], ["status", "--run", LAST]):
        status, out = ask(*words)
        assert (status, "learning" in out) == (0, False), out
    assert "no findings for run" in ask("findings", "--run", LAST)[1]
