"""`kill -9` of `profile` and `compare` on Spark before each of their commits, for runs new and written before."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from stageprint.cli import run as stageprint
from stageprint.pipeline.tables import all_tables
from stageprint.stores.delta.store import DeltaStore
from tests.support import shop
from tests.support.reliability import Seen, keep

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

def before_each_write(replace):
    def killed(self, *rest):
        global left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        replace(self, *rest)
    return killed

for store in (SparkStore, DeltaStore):
    store.replace = before_each_write(store.replace)
sys.exit(run(sys.argv[2:]))
"""

Rows = dict[str, Counter[tuple[str, ...]]]


class Shop:
    """A pipeline in a folder of its own."""

    def __init__(self, folder: Path, data: Path) -> None:
        self.folder = folder
        folder.mkdir()
        (folder / "data").symlink_to(data)
        self.config = folder / "shop.yml"
        self.config.write_text(shop.checked_yaml(folder), encoding="utf-8")

    def words(self, command: str, *runs: str) -> list[str]:
        return [command, "--config", str(self.config), *(word for run in runs for word in ("--run", run))]

    def do(self, command: str, *runs: str) -> None:
        assert stageprint(self.words(command, *runs)) in {0, 1}

    def copy(self, name: str) -> Shop:
        other = Shop(self.folder.parent / name, (self.folder / "data").resolve())
        if (self.folder / "store").exists():
            shutil.copytree(self.folder / "store", other.folder / "store")
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


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Three days are profiled and compared; the fourth's prices are in cents, which is a finding."""
    root = tmp_path_factory.mktemp("killed")
    shop.write(root, RUNS, {(TARGET, "raw"): shop.in_cents})
    made = Shop(root / "before", root / "data")
    made.do("profile", *RUNS[:-1])
    made.do("compare", *RUNS[:-1])
    return made


@pytest.mark.parametrize("again", [False, True], ids=["a new run", "a run written before"])
@pytest.mark.parametrize("command", ["profile", "compare"])
def test_killed_before_each_commit(before: Shop, command: str, again: bool, capsys: pytest.CaptureFixture[str]) -> None:
    start = before.copy(f"{command} {again}")
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
        findings = len(json.loads(out)) if status != 2 else 0
        # A run that was never profiled is not in the store; of all others there is a finding, or nothing can be said.
        assert status == 4 or (status == 0 and findings) or (status == 2 and command == "profile" and not again)
        said["not in the store" if status == 2 else "nothing can be said" if status == 4 else "the finding"] += 1
        killed.do(command, TARGET)
        left = killed.rows()
        lost += sum((rows[name] - left[name]).total() for name in rows)
        twice += sum((left[name] - rows[name]).total() for name in rows)
    assert kills >= 5
    assert kills < MAX_WRITES
    what = f"`{command}` of a run {'that is in the store' if again else 'that is new'}, killed before each commit"
    meanwhile = "`findings`: " + ", ".join(f"{text} ({number} ×)" for text, number in sorted(said.items()))
    keep("commits", [Seen(what, kills, lost, twice, meanwhile, "none: the process is gone")])
    assert (lost, twice) == (0, 0)
