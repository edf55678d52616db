"""`kill -9` of `profile` and `compare` before each of their commits, on Spark and without, for runs new and old."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from stageprint.cli import run as stageprint
from stageprint.pipeline.tables import all_tables
from stageprint.stores.delta.store import DeltaStore
from tests.support import shop
from tests.support.planted_faults import Search, declared, with_people
from tests.support.reliability import Seen, keep, keep_searched

pytestmark = [pytest.mark.faults, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
RUNS = shop.days(4)
TARGET = RUNS[-1]
MAX_WRITES = 20

_KILLED = """\
import os, signal, sys
from stageprint.cli import run
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.spark.store import SparkStore

left = int(sys.argv[1])

def before_each(write):
    def killed(self, *rest):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        write(self, *rest)
    return killed

for store in (SparkStore, DeltaStore):
    store.replace = before_each(store.replace)
    store.append = before_each(store.append)
sys.exit(run(sys.argv[2:]))
"""

Rows = dict[str, Counter[tuple[str, ...]]]


class Shop:
    """A pipeline in a folder of its own."""

    def __init__(self, folder: Path, data: Path, engine: str) -> None:
        self.folder = folder
        self.engine = engine
        folder.mkdir()
        (folder / "data").symlink_to(data)
        self.config = folder / "shop.yml"
        self.config.write_text(declared(shop.checked_yaml(folder)), encoding="utf-8")
        self.search = Search()

    def words(self, command: str, *runs: str) -> list[str]:
        how = ["--engine", self.engine] if command == "profile" else []
        return [command, "--config", str(self.config), *how, *(word for run in runs for word in ("--run", run))]

    def do(self, command: str, *runs: str) -> None:
        assert stageprint(self.words(command, *runs)) in {0, 1}

    def copy(self, name: str) -> Shop:
        other = Shop(self.folder.parent / name, (self.folder / "data").resolve(), self.engine)
        if (self.folder / "store").exists():
            shutil.copytree(self.folder / "store", other.folder / "store")
        other.search = self.search
        return other

    def kill(self, command: str, writes: int) -> bool:
        """Run a command about the last run, killed before its next write after so many; return whether it was."""
        done = subprocess.run(  # noqa: S603 -- the tests' own code
            [sys.executable, "-c", _KILLED, str(writes), *self.words(command, TARGET)],
            env={**os.environ, "PYTHONPATH": f"{ROOT / 'profiling'}:{ROOT}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert done.returncode in {-signal.SIGKILL, 0, 1}, done.stderr[-3000:]
        self.search.text("console", done.stdout + done.stderr)
        self.search.store(self.folder / "store")
        return done.returncode == -signal.SIGKILL

    def rows(self) -> Rows:
        """Return all stored rows of each result table, by what is the same whenever a command is repeated."""
        store = DeltaStore(str(self.folder / "store"), "shop")
        found = {}
        for table in all_tables():
            names = [name for name in _KEYS if name in table.arrow_schema.names]
            rows = store.read(table, columns=names).to_pylist()
            found[table.name] = Counter(tuple(str(row[name]) for name in names) for row in rows)
        return found


_KEYS = ("run_id", "kind", "stage", "table_name", "column_name", "statistic", "check_name", "cause", "runs")


@pytest.fixture(scope="module", params=["local", "spark"])
def before(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Shop:
    """Three days are profiled and compared; the fourth's prices are in cents, which is a finding."""
    root = tmp_path_factory.mktemp("killed")
    shop.write(root, RUNS, {(TARGET, "raw"): shop.in_cents})
    for file in (root / "data").rglob("*.parquet"):
        pq.write_table(with_people(pq.read_table(file, partitioning=None)), file)
    made = Shop(root / "before", root / "data", request.param)
    made.do("profile", *RUNS[:-1])
    made.do("compare", *RUNS[:-1])
    return made


@pytest.mark.parametrize("again", [False, True], ids=["a new run", "a run written before"])
@pytest.mark.parametrize("command", ["profile", "compare"])
def test_killed_before_each_commit(before: Shop, command: str, again: bool, capsys: pytest.CaptureFixture[str]) -> None:
    start = before.copy(f"{command} {again}")
    start.search = Search()
    if command == "compare" or again:
        start.do("profile", TARGET)
    if again:
        start.do("compare", TARGET)
    expected = start.copy(f"{command} {again} undisturbed")
    expected.do(command, TARGET)
    rows, said = expected.rows(), Counter[str]()
    lost = twice = kills = 0
    for writes in range(MAX_WRITES):
        killed = start.copy(f"{command} {again} {writes}")
        if not killed.kill(command, writes):
            break
        kills += 1
        capsys.readouterr()
        status = stageprint([*killed.words("findings", TARGET), "--format", "json"])
        out = capsys.readouterr().out
        killed.search.text("findings", out)
        # The first look at a new table is no finding.
        findings = sum(row["class"] != "first look" for row in json.loads(out)) if status != 2 else 0
        # A run that was never profiled is not in the store; of all others there is a finding, or nothing can be said.
        assert status == 4 or (status == 0 and findings) or (status == 2 and command == "profile" and not again)
        said["not in the store" if status == 2 else "nothing can be said" if status == 4 else "the finding"] += 1
        killed.do(command, TARGET)
        left = killed.rows()
        lost += sum((rows[name] - left[name]).total() for name in rows)
        twice += sum((left[name] - rows[name]).total() for name in rows)
    assert kills >= 5
    assert kills < MAX_WRITES
    how = "" if command == "compare" else " through Spark" if before.engine == "spark" else " by the local engine"
    old = "that is in the store" if again else "that is new"
    what = f"`{command}`{how} of a run {old}, killed before each commit"
    meanwhile = "`findings`: " + ", ".join(f"{text} ({number} ×)" for text, number in sorted(said.items()))
    keep("commits", [Seen(what, kills, lost, twice, meanwhile, "none: the process is gone")])
    assert (lost, twice) == (0, 0)
    keep_searched(what, kills, start.search)
