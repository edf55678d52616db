"""A disk that is full at every write of a command, and places that cannot be written to."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import StoreError
from stageprint.model.run_state import RunState
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.compare import compare
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.pipeline.tables import all_tables
from stageprint.stores.delta.store import DeltaStore
from tests.support import shop
from tests.support.memory_engine import MemoryEngine, Rows
from tests.support.planted_faults import Search, declared, with_people
from tests.support.reliability import Seen, keep, keep_searched, normalised

pytestmark = pytest.mark.faults

RUNS = shop.days(3)
RUN = RUNS[-1]
STORE_BYTES = 24 << 20

Use = Callable[[PipelineConfig, DeltaStore], object]


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(  # noqa: S603 -- the test's own folder
        ["/bin/mount", "-t", "tmpfs", "-o", f"size={STORE_BYTES}", "tmpfs", str(place)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("a disk can be mounted by root only")
    yield place
    subprocess.run(["/bin/umount", "--lazy", str(place)], check=True)  # noqa: S603 -- as above


def fill(disk: Path) -> Path:
    """Fill a disk to its last byte; return the file that does."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (1 << 20, 1 << 12, 1):
            with suppress(OSError):
                while True:
                    file.write(b"\0" * size)
    return filler


class Writes:
    """Counts the writes of a store, and does something before one of them."""

    def __init__(self, patch: pytest.MonkeyPatch, before: int | None = None, do: Callable[[], object] = list) -> None:
        self.count = 0

        def counted(original: Callable[..., None]) -> Callable[..., None]:
            def write(*arguments: Any) -> None:
                self.count += 1
                if self.count == before:
                    do()
                original(*arguments)

            return write

        for name in ("replace", "append"):
            patch.setattr(DeltaStore, name, counted(getattr(DeltaStore, name)))


def counted(store: DeltaStore) -> Counter[tuple[str, ...]]:
    """Return how often each row that counts is there, by what identifies it."""
    found: Counter[tuple[str, ...]] = Counter()
    for table in all_tables():
        if table.name == "manifests" or not store.exists(table):
            continue
        names = [name for name in IDENTITY if name in {column.name for column in table.columns}]
        rows = CommittedStore(store).read(table, columns=names)
        found.update((table.name, *map(str, row.values())) for row in rows.to_pylist())
    return found


IDENTITY = (
    "run_id",
    "stage",
    "table_name",
    "column_name",
    "statistic",
    "cause",
    "check_id",
    "stratum",
    "class",
    "name",
)


def _rows() -> Rows:
    return {
        run: {name: with_people(table) for name, table in found.items()} for run, found in shop.tables(RUNS).items()
    }


def _config(root: Path) -> PipelineConfig:
    return parse_config(declared(shop.yaml(root)))


def _profile(config: PipelineConfig, store: DeltaStore) -> object:
    return profile(config, [RUN], engine=MemoryEngine(_rows()), store=store)


def _compare(config: PipelineConfig, store: DeltaStore) -> object:
    return compare(config, [RUN], store=store)


def _prepared(root: Path, runs: list[str]) -> tuple[PipelineConfig, DeltaStore]:
    config = _config(root)
    store = DeltaStore(str(root / "store"), config.pipeline)
    engine = MemoryEngine(_rows())
    profile(config, runs, engine=engine, store=store)
    compare(config, runs, store=store)
    return config, store


@pytest.mark.parametrize(
    ("name", "use", "before"),
    [("profile", _profile, RUNS[:2]), pytest.param("compare", _compare, RUNS, marks=pytest.mark.slow)],
    ids=["profile", "compare"],
)
def test_a_full_disk_at_every_write_loses_nothing(
    name: str, use: Use, before: list[str], disk: Path, tmp_path: Path
) -> None:
    # What the command leaves where nothing goes wrong, and how often it writes.
    config, healthy = _prepared(tmp_path / "healthy", before)
    with pytest.MonkeyPatch.context() as patch:
        writes = Writes(patch)
        use(config, healthy)
    expected = counted(healthy)
    assert writes.count >= 3
    lost = duplicated = 0
    said: Counter[str] = Counter()
    search = Search()
    for number in range(1, writes.count + 1):
        root = disk / str(number)
        config, store = _prepared(root, before)
        kept = counted(store)
        filler: list[Path] = []
        with pytest.MonkeyPatch.context() as patch:
            Writes(patch, number, lambda found=filler: found.append(fill(disk)))  # type: ignore[misc]
            with pytest.raises(StoreError) as caught:
                use(config, store)
        assert caught.value.exit_status == 2
        message = str(caught.value)
        said[normalised(message, root)] += 1
        assert "no space left on the disk" in message
        assert "\n" not in message
        # The disk is still full: what was there before can be read, and the run is not called free of findings.
        if name == "profile":
            assert Results(store).states([RUN])[RUN] is not RunState.CURRENT
        meanwhile = counted(store)
        lost += sum((kept - meanwhile).values())
        search.text("message", message)
        search.store(root / "store")
        filler[0].unlink()
        use(config, store)
        search.store(root / "store")
        found = counted(store)
        lost += sum((expected - found).values())
        duplicated += sum((found - expected).values())
        subprocess.run(["/bin/rm", "-r", str(root)], check=True)  # noqa: S603 -- the test's own folder
    (message, *_) = sorted(said)
    meanwhile_said = f"`{name}` exits with 2; the results of before are read as ever"
    keep("disks", [Seen(f"disk full at a write of `{name}`", writes.count, lost, duplicated, meanwhile_said, message)])
    assert (lost, duplicated) == (0, 0)
    keep_searched(f"disk full at a write of `{name}`", writes.count, search)


def test_a_command_on_a_full_disk_prints_one_line(disk: Path, tmp_path: Path) -> None:
    """Delta-rs panics beside the error that it raises; what Rust prints of that is none of the user's business."""
    rows = "".join(f"{number},{number % 7}\n" for number in range(2_000))
    (tmp_path / "orders.csv").write_text(f"id,shop\n{rows}", "utf-8")
    config = tmp_path / "shop.yml"
    table = f"{{name: orders, source: {{format: csv, path: {tmp_path}/orders.csv}}}}"
    config.write_text(f"pipeline: shop\nstore: {disk}/store\nstages:\n  - {{name: raw, tables: [{table}]}}\n", "utf-8")

    def profiled(run: str) -> subprocess.CompletedProcess[str]:
        words = [sys.executable, "-m", "stageprint", "profile", "--config", str(config), "--run", run]
        # The master that these tests set would ask for Spark, whose start is no part of this.
        alone = {name: value for name, value in os.environ.items() if name != "STAGEPRINT_MASTER"}
        return subprocess.run(words, capture_output=True, text=True, check=False, env=alone)  # noqa: S603 -- its own

    assert profiled("2026-03-01").returncode == 0
    fill(disk)
    for run in ("2026-03-02", "2026-03-03"):
        done = profiled(run)
        assert done.returncode == 2
        assert done.stderr.splitlines()[-1].startswith(f"{disk}/store/")
        assert "no space left on the disk; free some space" in done.stderr
        assert "panicked" not in done.stderr
        assert "thread '" not in done.stderr
        assert "note:" not in done.stderr


def test_a_full_disk_behind_standard_output() -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "stageprint", "--version"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    keep("disks", [Seen("standard output on a full disk", 1, None, None, "exits with 2", done.stderr.strip())])


def test_a_store_on_a_disk_that_cannot_be_written(disk: Path) -> None:
    config, store = _prepared(disk, RUNS[:2])
    before = counted(store)
    subprocess.run(["/bin/mount", "-o", "remount,ro", str(disk)], check=True)  # noqa: S603 -- as above
    with pytest.raises(StoreError) as caught:
        _profile(config, store)
    subprocess.run(["/bin/mount", "-o", "remount,rw", str(disk)], check=True)  # noqa: S603 -- as above
    assert "the file system is read-only" in str(caught.value)
    assert counted(store) == before
    _profile(config, store)
    after = counted(store)
    search = Search()
    search.text("message", str(caught.value))
    search.store(disk / "store")
    keep_searched("store on a read-only disk", 1, search)
    message = normalised(str(caught.value), disk)
    meanwhile = "`profile` exits with 2; the results of before are read as ever"
    lost = sum((before - after).values())
    keep("disks", [Seen("store on a read-only disk", 1, lost, 0, meanwhile, message)])
    assert os.access(disk, os.W_OK)
